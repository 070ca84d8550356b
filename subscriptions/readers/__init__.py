"""What one reader may do with what we keep of them, and what follows from it."""
