"""The words of each kind of letter that this app sends."""
