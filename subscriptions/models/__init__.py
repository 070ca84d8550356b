"""The publisher, its newsletters, their readers, and what was agreed with each."""

from subscriptions.models.abuse import SignUpBlock, SpentProof
from subscriptions.models.bounce import BounceReport
from subscriptions.models.consent import Consent, SignUp
from subscriptions.models.embedded_form import EmbeddedForm, EmbeddedFormNewsletter
from subscriptions.models.heartbeat import Heartbeat
from subscriptions.models.letter import Letter
from subscriptions.models.newsletter import Newsletter
from subscriptions.models.newsletter_group import NewsletterGroup
from subscriptions.models.preference import AddressChange, FormerId, LeavingAnswer, ManageLink
from subscriptions.models.publisher import Publisher
from subscriptions.models.reader_count import ReaderCount
from subscriptions.models.subscriber import Subscriber, Subscription
from subscriptions.models.suppression import Suppression, SuppressionCanary
from subscriptions.models.transport import TransportState

__all__ = [
    "AddressChange",
    "BounceReport",
    "Consent",
    "EmbeddedForm",
    "EmbeddedFormNewsletter",
    "FormerId",
    "Heartbeat",
    "LeavingAnswer",
    "Letter",
    "ManageLink",
    "Newsletter",
    "NewsletterGroup",
    "Publisher",
    "ReaderCount",
    "SignUp",
    "SignUpBlock",
    "SpentProof",
    "Subscriber",
    "Subscription",
    "Suppression",
    "SuppressionCanary",
    "TransportState",
]
