"""The whole service on loopback, for a newcomer to see."""
