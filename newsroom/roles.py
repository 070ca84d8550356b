"""Who may do what: four groups of staff, as a table."""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction

READ_DIGESTS = frozenset(
    f"digests.view_{model}"
    for model in (
        "alert",
        "approval",
        "article",
        "booking",
        "digest",
        "item",
        "schedule",
        "section",
        "source",
        "template",
        "templatesection",
        "version",
        "warmup",
    )
) | {
    "subscriptions.view_embeddedform",
    "subscriptions.view_embeddedformnewsletter",
    "subscriptions.view_newsletter",
    "subscriptions.view_newslettergroup",
    "subscriptions.view_publisher",
}

MAKE_FORMS = {
    f"subscriptions.{may}_{model}"
    for may in ("view", "add", "change", "delete")
    for model in ("embeddedform", "embeddedformnewsletter")
}

BOOK_SPONSORS = {"digests.add_booking", "digests.change_booking", "digests.view_booking"}

CURATE = READ_DIGESTS | {
    "digests.change_digest",
    "digests.change_item",
    "digests.change_section",
}

PUBLISH = (
    CURATE
    | MAKE_FORMS
    | BOOK_SPONSORS
    | {"digests.approve_digest", "digests.send_digest", "digests.change_alert"}
    | {"digests.view_webhookmessage"}
    | {
        f"{may}_{model}"
        for may in ("digests.add", "digests.change", "digests.delete")
        for model in ("schedule", "source", "templatesection", "warmup")
    }
    | {"digests.add_template", "digests.change_template"}
    | {
        "subscriptions.add_newsletter",
        "subscriptions.add_newslettergroup",
        "subscriptions.change_newslettergroup",
        "subscriptions.delete_newslettergroup",
        "subscriptions.change_newsletter",
        "subscriptions.change_publisher",
    }
)

# Readers' addresses are seen by this group alone.
LOOK_AFTER_READERS = (
    MAKE_FORMS
    | BOOK_SPONSORS
    | {
        "digests.view_digest",
        "subscriptions.view_newsletter",
        "subscriptions.view_publisher",
        "subscriptions.view_subscriber",
        "subscriptions.change_subscriber",
        "subscriptions.view_subscription",
        "subscriptions.view_consent",
        "subscriptions.view_letter",
        "subscriptions.view_suppression",
        "subscriptions.add_suppression",
    }
)

ROLES: Mapping[str, Iterable[str]] = {
    "curator": CURATE,
    "publisher": PUBLISH,
    "audience": LOOK_AFTER_READERS,
    "analyst": READ_DIGESTS,
}


def make_roles() -> None:
    """Make the groups, and give them exactly these permissions. May be called again at any time."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    with transaction.atomic():
        for name, permissions in ROLES.items():
            group, _made = Group.objects.get_or_create(name=name)
            group.permissions.set([known[permission] for permission in permissions])
