"""Pages that need no staff: the archive, and the link in a letter to a seed."""
