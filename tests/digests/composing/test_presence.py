from datetime import timedelta

from django.contrib.auth.models import User

from digests.composing import presence
from digests.models import Digest, Presence
from tests.builders import NOON


def test_others_are_seen_while_they_are_there(digest: Digest, anna: User, ben: User) -> None:
    presence.arrive(digest, anna, "", now=NOON)
    presence.arrive(digest, ben, "item:7", now=NOON)
    presence.arrive(digest, ben, "digest", now=NOON + timedelta(seconds=5))
    seen = list(presence.others(digest, anna, now=NOON + timedelta(seconds=10)))
    assert [(one.user, one.place) for one in seen] == [(ben, "digest")]
    assert list(presence.others(digest, anna, now=NOON + timedelta(seconds=26))) == []
    presence.leave(digest, ben)
    assert list(presence.others(digest, anna, now=NOON + timedelta(seconds=10))) == []


def test_those_of_yesterday_are_forgotten(digest: Digest, anna: User, ben: User) -> None:
    presence.arrive(digest, anna, "", now=NOON - timedelta(days=2))
    presence.arrive(digest, ben, "", now=NOON)
    assert [one.user for one in Presence.objects.all()] == [ben]
