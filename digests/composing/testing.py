"""Sending a digest to a few named people before anybody else: what they get is what readers would get now."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from digests.composing.refusals import Refused
from digests.delivery.messages import SAMPLE, Recipient
from digests.models import Digest
from subscriptions.addresses import BadAddress, normalise
from subscriptions.mailing import letters
from subscriptions.models import Letter

TEST_LETTER = "digest_test"
MOST_TESTERS = 10
COLLEAGUES_SHOWN = 20
# A test that comes an hour late shows what nobody looks at any more.
KEEP_TRYING = timedelta(hours=1)
_APART = re.compile(r"[\s,;]+")


def tester(address: str) -> Recipient:
    """Nobody's reader: the links of a test change nobody's subscriptions, whoever gets it."""
    return Recipient(SAMPLE.subscriber_id, SAMPLE.public_id, address)


def send_test(digest: Digest, addresses: Sequence[str], by: User, *, now: datetime) -> list[Letter]:
    """Put one letter for each into the outbox. Raises Refused."""
    wanted = list(dict.fromkeys(_known(address) for address in addresses))
    if not wanted:
        raise Refused(_("Choose somebody to send the test to."))
    if len(wanted) > MOST_TESTERS:
        raise Refused(_("A test goes to %(most)s people at most.") % {"most": MOST_TESTERS})
    context = {"digest": digest.pk, "by": by.pk}
    with transaction.atomic():
        return [
            letters.write(TEST_LETTER, address, context, now=now, expires_at=now + KEEP_TRYING)
            for address in wanted
        ]


def sent_tests(digest: Digest, ids: Sequence[int]) -> list[Letter]:
    """How these tests of the digest stand; others' letters are not told."""
    found = Letter.objects.filter(pk__in=ids[:MOST_TESTERS], kind=TEST_LETTER)
    return [letter for letter in found if letter.context.get("digest") == digest.pk]


def addresses_in(text: str) -> list[str]:
    """As people write several into one field."""
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
