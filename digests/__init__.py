"""What readers get: stories in, a digest out, and an account of every reader."""
