"""What became of the readers of a digest, counted."""
