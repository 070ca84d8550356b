"""The states and kinds of what readers get. Imports nothing of ours."""

from enum import IntEnum

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

MAIN_SLOT = "main"
# Of the batches of a digest's seeds, by which they are known; before those of any other digest.
SEED_PRIORITY = -1
# The words of a digest that stand around its stories: its fields.
WORDS = ("subject", "preheader", "intro", "outro")


class Weekday(IntegerChoices):
    """As datetime.date.weekday() counts."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class ApprovalRule(TextChoices):
    """What happens at the deadline. Never silently nothing."""

    SEND_APPROVED = "send_approved", _("Send the last approved version, else hold and alert")
    SEND_ASSEMBLED = "send_assembled", _("Send it as assembled, approved or not")
    HOLD = "hold", _("Hold it and alert, unless it is approved")
    SKIP = "skip", _("Skip it, unless it is approved")


class PastRule(TextChoices):
    """What becomes of readers whose local time is past already when a digest's readers are chosen."""

    NOW = "now", _("They get it at once")
    SKIP = "skip", _("They are left out, and counted as skipped")


class DigestState(TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    FROZEN = "frozen", _("Locked for sending")
    SENDING = "sending", _("Sending")
    PAUSED = "paused", _("Paused")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")
    HELD = "held", _("On hold")
    SKIPPED = "skipped", _("Skipped")
    MISSED = "missed", _("Missed")


class StateReason(TextChoices):
    """Why a digest is in its state; digests/state_reasons.py has the words."""

    NOTE = "note"  # staff's own words
    FINDINGS = "findings"  # what preflight found, or why it cannot be approved
    TOO_FEW_STORIES = "too_few_stories"
    NOT_APPROVED = "not_approved"
    SKIPPED_BY_RULE = "skipped_by_rule"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"
    SKIPPED = "skipped"
    MOVED = "moved"
    TAKEN_BACK = "taken_back"
    NOTHING_RAN = "nothing_ran"
    NOT_RELEASED = "not_released"
    LATE = "late"
    NOBODY_LEFT = "nobody_left"
    EVERYBODY_HAS_IT = "everybody_has_it"
    STOPPED_BY_SEED = "stopped_by_seed"
    WORKERS_LOST = "workers_lost"
    CANNOT_BE_SENT = "cannot_be_sent"
    REFUSALS = "refusals"


# An editor may still change these; the audience of none of them has been chosen.
OPEN_STATES = (DigestState.DRAFT, DigestState.APPROVED, DigestState.HELD)
# In statements of ours: workers send the digest, or may begin to.
GOING_OUT_SQL = f"('{DigestState.FROZEN}', '{DigestState.SENDING}')"
UNDER_WAY_STATES = (DigestState.FROZEN, DigestState.SENDING, DigestState.PAUSED)
# What is in these may change; while it is being sent, as its next version (stop_press.py).
EDITABLE_STATES = (*OPEN_STATES, *UNDER_WAY_STATES)
# Digests that nobody got: what they held is as good as new.
NEVER_SENT = (DigestState.CANCELLED, DigestState.SKIPPED, DigestState.MISSED)
# Readers have it, or are just getting it.
PUBLISHED_STATES = (DigestState.SENDING, DigestState.PAUSED, DigestState.SENT)


class DigestKind(TextChoices):
    REGULAR = "regular", _("Regular")
    ALERT = "alert", _("News alert")
    CORRECTION = "correction", _("Correction")


class SponsorPlace(IntegerChoices):
    """The slots of a newsletter that a sponsor can book, in the order of the mail."""

    AFTER_LEAD = 1, _("After the lead")
    BETWEEN = 2, _("Between sections")
    FOOT = 3, _("At the foot")


class BookingState(TextChoices):
    DRAFT = "draft", _("Draft")
    HELD = "held", _("Option")
    BOOKED = "booked", _("Booked")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")


TAKING_STATES = (BookingState.HELD, BookingState.BOOKED, BookingState.SENT)
SHOWN_STATES = (BookingState.BOOKED, BookingState.SENT)


class Design(TextChoices):
    BRIEFING = "briefing", _("Briefing: many stories, quickly read")
    WEEKLY = "weekly", _("Weekly: few stories, large pictures")


class Faces(TextChoices):
    DESIGN = "design", _("As the design has them")
    SERIF = "serif", _("Serif throughout")
    SANS = "sans", _("Sans serif throughout")


class Nameplate(TextChoices):
    """What stands for the newsletter's name at the head of a mail."""

    NAME = "name", _("The name in type, the logo small above it")
    LOGO = "logo", _("The logo, large, in place of the name")
    WORDS = "words", _("Words alone, without a logo")


class BlockStyle(TextChoices):
    LEAD = "lead", _("Lead: large picture and headline")
    STORIES = "stories", _("Stories: small picture, headline, blurb")
    BRIEFS = "briefs", _("Briefs: headlines only")

    @property
    def has_pictures(self) -> bool:
        return self not in WITHOUT_PICTURES


WITHOUT_PICTURES = frozenset({BlockStyle.BRIEFS})


class ImageChoice(TextChoices):
    STORY = "story", _("The story’s own")
    OWN = "own", _("Another one")
    NONE = "none", _("No picture")


class ChangeKind(TextChoices):
    """What an editor did to what is in a digest."""

    WORDS = "words", _("Text of the digest")
    MOVED = "moved", _("Moved")
    ADDED = "added", _("Added")
    WRITTEN = "written", _("Written by hand")
    REMOVED = "removed", _("Removed")
    REWORDED = "reworded", _("Reworded")
    PICTURED = "pictured", _("Picture changed")
    LOCKED = "locked", _("Locked")
    UNLOCKED = "unlocked", _("Unlocked")
    SEEN = "seen", _("Change of the source noted")
    RESIZED = "resized", _("Number of stories changed")
    FILLED = "filled", _("Filled up")
    ASSEMBLED = "assembled", _("Assembled")


class UncertainPolicy(TextChoices):
    """What becomes of a slice's readers, if a worker or connection was lost before the server's answer was recorded."""

    BY_WAY = "by_way", _("Automatic: send again over SMTP, hold with a mail service")
    RESEND = "resend", _("Send again: a second copy is better than none")
    HOLD = "hold", _("Hold: staff decide")


class BatchKind(TextChoices):
    FIRST = "first", _("First")
    RETRY = "retry", _("Retry")


class Outcome(IntEnum):
    """One byte a reader in Batch.outcomes. MOVED: the reader went to a retry batch; it is no state."""

    PENDING = 0
    ACCEPTED = 1
    DEFERRED = 2
    FAILED = 3
    SUPPRESSED = 4
    LEFT = 5
    EXPIRED = 6
    CANCELLED = 7
    UNCERTAIN = 8
    MOVED = 9
    SKIPPED = 10
    PAUSED = 11


class SourceTrouble(TextChoices):
    """What staff are told of a source, once."""

    FAILING = "failing", _("It fails")
    SILENT = "silent", _("It brings nothing new")
    GONE = "gone", _("It is gone for good")


class RankRule(TextChoices):
    """Which stories a section takes first."""

    NEWEST = "newest", _("The newest first")
    FEED = "feed", _("As its source lists them")
    PRIORITY = "priority", _("By the priority of its source, then the newest")
    TAGS = "tags", _("In the order of the tags, then the newest")


class AlertKind(TextChoices):
    HELD = "held", _("A digest is held")
    MISSED = "missed", _("A digest was missed")
    SKIPPED = "skipped", _("A digest was skipped")
    SENDING = "sending", _("There is a problem with sending")
    DOUBT = "doubt", _("A digest ended with uncertain readers")
    LATE = "late", _("An approved digest is late")
    DEADLINE = "deadline", _("Nobody has approved a digest yet")
    SECOND = "second", _("A digest waits for a second person")
    PAUSED = "paused", _("A digest is paused, and readers wait")
    RULE = "rule", _("A rule has decided")
    PREFLIGHT = "preflight", _("An approved digest cannot go out")


class EventKind(TextChoices):
    """What an ESP or a mail server told of one mail; the values are django-anymail's."""

    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent on")
    DEFERRED = "deferred", _("Delayed")
    DELIVERED = "delivered", _("Delivered")
    AUTORESPONDED = "autoresponded", _("An automatic reply")
    OPENED = "opened", _("Opened")
    CLICKED = "clicked", _("Clicked")
    FAILED = "failed", _("Failed")
    REJECTED = "rejected", _("Refused by the service")
    BOUNCED = "bounced", _("Bounced")
    COMPLAINED = "complained", _("Complained")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
    SUBSCRIBED = "subscribed", _("Subscribed")
    UNKNOWN = "unknown", _("Something else")
    UNREADABLE = "unreadable", _("Could not be read")


class EventState(TextChoices):
    NEW = "new", _("Waiting")
    APPLIED = "applied", _("Taken into account")
    FOREIGN = "foreign", _("About no mail of ours")
    STALE = "stale", _("Too old to act on")
    BROKEN = "broken", _("Could not be taken into account")
