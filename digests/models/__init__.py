"""Stories and where they come from, digests and what they are made by, and the account of every reader."""

from digests.models.alert import Alert
from digests.models.approval import Approval
from digests.models.article import Article, Image, Source
from digests.models.composing import Change, Presence
from digests.models.digest import Digest
from digests.models.event import Event
from digests.models.ledger import Batch, Reason, SendingSwitch, Slice
from digests.models.look import LookChange
from digests.models.mailboxes import MailboxCodes, MailboxNames
from digests.models.pace import BreakerMark, Seat, SendingProcess
from digests.models.plan import Schedule, Template, TemplateSection
from digests.models.preflight import DomainCheck, LinkCheck, Preflight, SetAside
from digests.models.question import Question
from digests.models.section import Item, Section
from digests.models.seeding import SeedHold
from digests.models.sent_test import SentTest
from digests.models.sighting import Sighting, StoryAddress
from digests.models.sponsoring import Booking
from digests.models.subject_test import SubjectTest
from digests.models.version import Version
from digests.models.warmup import MailDomain, WarmUp, WarmUpDay
from digests.models.webhook import WebhookMessage

__all__ = [
    "Alert",
    "Approval",
    "Article",
    "Batch",
    "Booking",
    "BreakerMark",
    "Change",
    "Digest",
    "DomainCheck",
    "Event",
    "Image",
    "Item",
    "LinkCheck",
    "LookChange",
    "MailDomain",
    "MailboxCodes",
    "MailboxNames",
    "Preflight",
    "Presence",
    "Question",
    "Reason",
    "Schedule",
    "Seat",
    "Section",
    "SeedHold",
    "SendingProcess",
    "SendingSwitch",
    "SentTest",
    "SetAside",
    "Sighting",
    "Slice",
    "Source",
    "StoryAddress",
    "SubjectTest",
    "Template",
    "TemplateSection",
    "Version",
    "WarmUp",
    "WarmUpDay",
    "WebhookMessage",
]
