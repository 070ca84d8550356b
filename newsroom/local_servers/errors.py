"""What the local servers raise."""


class LocalServerError(Exception):
    """Its text is one line: what is in the way, and what to do about it."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
