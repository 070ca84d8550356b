"""The readers of its newsletter that a digest is for."""
