"""Sending a digest to a few named people before anybody else: what they get is what readers would get now."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from digests.drafts.refusals import Refused
from digests.messages.message import SAMPLE, Recipient
from digests.models import Digest, SentTest
from digests.models.sent_test import A_DAY
from subscriptions.addresses import BadAddress, normalise
from subscriptions.mailing import letters
from subscriptions.mailing.suppression import is_suppressed
from subscriptions.models import Letter

TEST_LETTER = "digest_test"
MOST_TESTERS = 10
# By one person, in 24 hours.
MOST_A_DAY = 100
MOST_STRANGERS_A_DAY = 20
APPROVE = "digests.approve_digest"
COLLEAGUES_SHOWN = 20
# A test that comes an hour late shows what nobody looks at any more.
KEEP_TRYING = timedelta(hours=1)
_APART = re.compile(r"[\s,;]+")


def tester(address: str) -> Recipient:
    """Nobody's reader: the links of a test change nobody's subscriptions, whoever gets it."""
    return Recipient(SAMPLE.subscriber_id, SAMPLE.public_id, address)


def send_test(digest: Digest, addresses: Sequence[str], by: User, *, now: datetime) -> list[Letter]:
    """Put one letter for each into the outbox. Raises Refused.

    A test is a whole mail of the newsletter that nobody has approved: whoever may not approve writes to colleagues
    alone, nobody without end, and nobody to whom no mail may go.
    """
    wanted = list(dict.fromkeys(_known(address) for address in addresses))
    if not wanted:
        raise Refused(_("Choose who receives the test."))
    if len(wanted) > MOST_TESTERS:
        raise Refused(_("A test goes to %(most)s people at most.") % {"most": MOST_TESTERS})
    strangers = strangers_among(wanted)
    if strangers and not by.has_perm(APPROVE):
        raise Refused(
            _(
                "%(addresses)s: not a colleague. Only staff who may approve can send tests to people outside."
            )
            % {"addresses": ", ".join(strangers)}
        )
    for address in wanted:
        if is_suppressed(address):
            raise Refused(_("%(address)s: we no longer email this address.") % {"address": address})
    context = {"digest": digest.pk, "by": by.pk}
    with transaction.atomic():
        _count(by, len(wanted), len(strangers), now)
        return [
            letters.write(TEST_LETTER, address, context, now=now, expires_at=now + KEEP_TRYING)
            for address in wanted
        ]


def _count(by: User, mails: int, strangers: int, now: datetime) -> None:
    """Count the emails of a test. Raises Refused if they are too many for today.

    Of two clicks at once the second finds what the first has counted.
    """
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    before = SentTest.objects.of_the_day(by, now=now).total()
    if before.mails + mails > MOST_A_DAY:
        raise Refused(_too_many(MOST_A_DAY, before.mails))
    if before.strangers + strangers > MOST_STRANGERS_A_DAY and strangers:
        text = _("To people outside: %(why)s")
        raise Refused(text % {"why": _too_many(MOST_STRANGERS_A_DAY, before.strangers)})
    SentTest.objects.filter(by=by, at__lte=now - A_DAY).delete()
    SentTest.objects.create(by=by, at=now, mails=mails, strangers=strangers)


def _too_many(most: int, sent: int) -> str:
    text = _("You may send %(most)s tests in a day, and have sent %(sent)s in the last 24 hours.")
    return text % {"most": most, "sent": sent}


def strangers_among(addresses: Sequence[str]) -> list[str]:
    """Those that are no colleague's, in their order."""
    folded = [address.lower() for address in addresses]
    staff = User.objects.annotate(folded=Lower("email")).filter(
        is_staff=True, is_active=True, folded__in=folded
    )
    known = set(staff.values_list("folded", flat=True))
    return [address for address in addresses if address.lower() not in known]


def sent_tests(digest: Digest, ids: Sequence[int]) -> list[Letter]:
    """How these tests of the digest stand; others' letters are not told."""
    found = Letter.objects.filter(pk__in=ids[:MOST_TESTERS], kind=TEST_LETTER)
    return [letter for letter in found if letter.context.get("digest") == digest.pk]


def addresses_in(text: str) -> list[str]:
    """Split a field into addresses, as people write several into one."""
    return [address for address in _APART.split(text) if address]


def colleagues() -> list[User]:
    """Staff with an address."""
    staff = User.objects.filter(is_staff=True, is_active=True).exclude(email="")
    return list(staff.order_by("first_name", "last_name", "username")[:COLLEAGUES_SHOWN])


def _known(address: str) -> str:
    try:
        return normalise(address)
    except BadAddress as error:
        raise Refused(f"{address}: {error}") from error
