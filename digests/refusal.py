"""The base of every Refused that a person meets: pages catch it, or one kind of it, and say its text."""


class Refusal(Exception):
    """It is not done; the text says why, for the person who asked."""
