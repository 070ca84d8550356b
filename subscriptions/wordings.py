"""The words that readers agreed to, by version: a proof of consent can be shown with what was on the page.

When words on a page change, WORDING (evidence.py) gets a new version and its words are added here; versions are never
changed or removed. A test holds the current version against the pages. Forms that were embedded with words of the
publisher's own are named by the row.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from subscriptions.choices import ConsentAction

WORDINGS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "2026-11": MappingProxyType(
            {
                ConsentAction.REQUESTED: (
                    "Sign up",
                    (
                        "We send you a letter with a button to confirm, so that nobody can sign up in your name. "
                        "You can leave at any time with the link in every mail."
                    ),
                ),
                ConsentAction.CONFIRMED: (
                    "Yes, send it to me",
                    (
                        "You can leave at any time with the link in every mail. Was it not you who asked? Then close "
                        "this page, and nothing will be sent."
                    ),
                ),
                ConsentAction.LEFT: ("Leave this newsletter",),
                ConsentAction.RETURNED: ("It was a slip: take it back",),
                ConsentAction.TRACKED: (
                    "What may we know of your reading?",
                    "You may know what I read",
                    "Only in newsletters that use it. You can take this back at any time.",
                ),
                ConsentAction.COUNTED: (
                    "What may we know of your reading?",
                    "Count me without my name",
                    "We see how many readers opened a mail, never who.",
                ),
                ConsentAction.UNCOUNTED: (
                    "What may we know of your reading?",
                    "Do not measure me",
                    "Nothing is kept of what you open or click.",
                ),
            }
        ),
        "2026-12": MappingProxyType(
            {
                ConsentAction.REQUESTED: (
                    "Sign up",
                    (
                        "We will email you a link to confirm, so that nobody can sign up in your name. "
                        "You can unsubscribe at any time using the link in every email."
                    ),
                ),
                ConsentAction.CONFIRMED: (
                    "Confirm my sign-up",
                    (
                        "You can unsubscribe at any time using the link in every email. Not you? Close this page "
                        "and nothing will be sent."
                    ),
                ),
                ConsentAction.LEFT: ("Unsubscribe",),
                ConsentAction.RETURNED: ("Undo",),
                ConsentAction.TRACKED: (
                    "May we measure what you read?",
                    "Yes, linked to my address",
                    "Only in newsletters that use it. You can withdraw this at any time.",
                ),
                ConsentAction.COUNTED: (
                    "May we measure what you read?",
                    "Only in totals",
                    "We see how many readers opened an email, never who.",
                ),
                ConsentAction.UNCOUNTED: (
                    "May we measure what you read?",
                    "No",
                    "We keep no record of what you open or click.",
                ),
            }
        ),
    }
)


def words_of(version: str, action: str) -> str:
    """Empty where the version, or such a step in it, is unknown."""
    return " – ".join(WORDINGS.get(version, {}).get(action, ()))
