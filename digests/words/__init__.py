"""What is, and what will become of a digest, in sentences for staff."""
