"""Which languages readers are spoken to in, and which sources hold the words that they read."""

from fnmatch import fnmatchcase

# English is what the sources are written in; it needs no catalogue.
TRANSLATED = ("ar", "de", "es", "fr")

# Complete in every language, which the tests see to; what is outside is for staff, whose pages are English.
# A star also stands for slashes.
READERS_SOURCES = (
    "digests/archive*.py",
    "digests/rendering/*.py",
    "subscriptions/*.py",
    "templates/[45]*.html",
    "templates/email/*",
    "templates/web/*",
)
STAFF_SOURCES = (
    "digests/rendering/look_faults.py",
    "subscriptions/admin/*",
    "subscriptions/checks.py",
    "subscriptions/choices.py",
    "subscriptions/condition.py",
    "subscriptions/languages.py",
    "subscriptions/migrations/*",
    "subscriptions/models/*",
    "subscriptions/origins.py",
    "subscriptions/validators.py",
    "templates/email/letters/alert.*",
    "templates/web/mailbox/*",
    "templates/web/stop.html",
)


def is_for_readers(source: str) -> bool:
    """`source`: a path below the repository, with slashes."""
    return _matches(source, READERS_SOURCES) and not _matches(source, STAFF_SOURCES)


def _matches(source: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(source, pattern) for pattern in patterns)
