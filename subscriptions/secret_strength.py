"""Is this a secret that nobody guesses? Not proof of one: what is too short, or hardly varied, is none."""

KEY_LENGTH = 32
# Letters or digits that differ. Of 32 random hexadecimal digits fewer than seven are different once in ten million.
KEY_VARIETY = 7
PASSWORD_LENGTH = 12
PASSWORD_VARIETY = 5


def is_weak_key(text: str) -> bool:
    return len(text) < KEY_LENGTH or len(set(text)) < KEY_VARIETY


def is_weak_password(text: str) -> bool:
    return len(text) < PASSWORD_LENGTH or len(set(text)) < PASSWORD_VARIETY
