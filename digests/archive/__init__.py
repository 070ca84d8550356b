"""Sent digests on the web."""
