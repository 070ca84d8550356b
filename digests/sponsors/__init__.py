"""Booked slots of sponsors: which booking a digest shows, and the proof afterwards."""
