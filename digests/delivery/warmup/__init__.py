"""Getting mailbox providers used to us: so many readers of each a day, and more each day that they bear it."""
