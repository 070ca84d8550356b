"""Which queue a task waits in. What an hour of its own depends on never stands behind other people's servers."""

# A worker for each may run alone; docs/operations.md says how many.
MAIL = "mail"  # letters
DEFAULT = "default"  # the tick and all it rings for
DELIVERY = "delivery"
ERRANDS = (
    "errands"  # feeds, pictures, links, webhooks, the DNS: a server that hangs holds up only these
)

ALL = (MAIL, DEFAULT, DELIVERY, ERRANDS)

ROUTES = {
    "subscriptions.tasks.*": {"queue": MAIL},
    "digests.tasks.drain": {"queue": DELIVERY},
    **{
        f"digests.tasks.{task}": {"queue": ERRANDS}
        for task in (
            "ask_mail_domains",
            "ask_services",
            "copy_picture",
            "count_readers",
            "fetch_source",
            "purge_logos",
            "purge_sessions",
            "renew_picture",
            "send_webhook_message",
            "visit_links",
        )
    },
}
