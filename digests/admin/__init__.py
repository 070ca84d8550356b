"""The editor's desk: what goes out, what it is made of, and what became of it."""

from digests.admin import (
    alerts,
    articles,
    designs,
    digests,
    newsletters,
    publisher,
    readers,
    sources,
    sponsors,
    warmups,
    webhook_messages,
)

__all__ = [
    "alerts",
    "articles",
    "designs",
    "digests",
    "newsletters",
    "publisher",
    "readers",
    "sources",
    "sponsors",
    "warmups",
    "webhook_messages",
]
