"""Telling staff and other programs that a digest needs a person."""
