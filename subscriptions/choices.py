"""The states and kinds of what readers have. Imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class NewsletterState(TextChoices):
    PENDING = "pending", _("Pending")
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")


class Archive(TextChoices):
    """Whether what was sent can be read on the web."""

    PUBLIC = "public", _("Public: anybody, and search engines find it")
    UNLISTED = (
        "unlisted",
        _("Unlisted: whoever has the link; search engines are asked to stay away"),
    )
    OFF = "off", _("Off: no pages, and no “View in browser” in emails")


class EmbeddedFormState(TextChoices):
    ACTIVE = "active", _("Active")
    RETIRED = "retired", _("Retired")


class ColourScheme(TextChoices):
    AUTO = "auto", _("As the reader’s device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class SubscriptionState(TextChoices):
    PENDING = "pending", _("Pending")
    ACTIVE = "active", _("Active")
    LEFT = "left", _("Unsubscribed")


class ConsentAction(TextChoices):
    REQUESTED = "requested", _("Asked for it")
    CONFIRMED = "confirmed", _("Confirmed")
    LEFT = "left", _("Unsubscribed")
    ADDED = "added", _("Added by staff")
    RETURNED = "returned", _("Undid unsubscribing")
    # About being measured, in all newsletters alike.
    TRACKED = "tracked", _("Agreed to personal statistics")
    COUNTED = "counted", _("Agreed to totals only")
    UNCOUNTED = "uncounted", _("Refused all statistics")


class Tracking(TextChoices):
    """What is kept of opens and clicks, from nothing to the most."""

    NONE = "none", _("Nothing")
    TOTALS = "totals", _("Totals, without telling readers apart")
    READER = "reader", _("Each reader’s own, where the reader agreed")


class IpRule(TextChoices):
    """What a consent row keeps of the IP address that it came from."""

    KEEP = "keep", _("Keep it")
    HASH = "hash", _("Keep a keyed hash")
    NONE = "none", _("Keep nothing")


class Disposable(TextChoices):
    """What becomes of an address whose mailbox is made to be thrown away."""

    ALLOW = "allow", _("Take it")
    CHALLENGE = "challenge", _("Ask for a proof of work")
    REFUSE = "refuse", _("Refuse it")


class SuppressionReason(TextChoices):
    BOUNCE = "bounce", _("The address does not exist")
    COMPLAINT = "complaint", _("The reader complained")
    STAFF = "staff", _("Staff decided")
    ERASURE = "erasure", _("The reader asked to be erased")


class BounceKind(TextChoices):
    """What a refusal or a report says of the reader. POLICY: it says nothing of them, only of us or our way out."""

    HARD = "hard", _("The address does not exist")
    SOFT = "soft", _("It did not work this time")
    POLICY = "policy", _("The server refuses us, whoever the reader is")
    COMPLAINT = "complaint", _("The reader complained")


class LetterState(TextChoices):
    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
