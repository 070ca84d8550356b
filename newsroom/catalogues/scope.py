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
    "subscriptions/admin/*",
    "subscriptions/checks.py",
    "subscriptions/choices.py",
    "subscriptions/languages.py",
    "subscriptions/migrations/*",
    "subscriptions/models/*",
    "subscriptions/origins.py",
    "subscriptions/validators.py",
    "templates/email/letters/alert.*",
    "templates/web/mailbox/*",
)

# Readers' too, and new: English until a translator has seen them.
UNSEEN_SOURCES = (
    "subscriptions/address_changes.py",
    "subscriptions/address_pages.py",
    "subscriptions/intake.py",
    "subscriptions/leave_pages.py",
    "subscriptions/manage_*.py",
    "subscriptions/my_data.py",
    "subscriptions/pausing.py",
    "subscriptions/preference*.py",
    "subscriptions/rendering/letters.py",
    "templates/email/letters/notice.*",
    "templates/web/address*.html",
    "templates/web/erased.html",
    "templates/web/lighter.html",
    "templates/web/manage*.html",
    "templates/web/pause.html",
    "templates/web/pick.html",
    "templates/web/preferences.html",
    "templates/web/unsubscribe*.html",
)


def is_for_readers(source: str) -> bool:
    """`source`: a path below the repository, with slashes."""
    return _matches(source, READERS_SOURCES) and not _matches(
        source, STAFF_SOURCES + UNSEEN_SOURCES
    )


def _matches(source: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(source, pattern) for pattern in patterns)
