"""A draft's sections, stories and words in memory, and one change of them: locked, numbered, kept for undoing."""
