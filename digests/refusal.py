"""The base of every Refused that a person meets: pages catch it, or one kind of it, and say its text."""


class Refusal(Exception):
    """The action is refused; the text says why, for the person who asked."""
