"""What editors do to an open digest: every change held by its row lock, numbered, told and undone."""
