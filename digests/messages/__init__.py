"""From a version to the bytes of one reader's message."""
