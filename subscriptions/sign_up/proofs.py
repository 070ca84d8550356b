"""Proof of work (ALTCHA, version 2): cheap for one reader, dear for who signs up thousands.

A challenge is signed and names its end; its solution is taken once, which a row in the database makes sure of however
many processes are asked at the same moment.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import altcha
from django.conf import settings
from django.utils.crypto import salted_hmac

from subscriptions.models import SpentProof

ALGORITHM = "PBKDF2/SHA-256"
# Iterations a try, of which 256 are needed on average: half a second in a browser of today, 2 ms here to check.
COST = 5000
PREFIX = "00"
SOLVE_WITHIN = timedelta(minutes=20)
LONGEST_PROOF = 4_000  # characters; a right one has about 700


def challenge(*, now: datetime) -> dict[str, Any]:
    """What a browser needs to solve it, for JSON: `parameters` and `signature`."""
    made = altcha.create_challenge(
        ALGORITHM,
        COST,
        key_prefix=PREFIX,
        expires_at=now + SOLVE_WITHIN,
        hmac_secret=_secret(settings.SECRET_KEY),
    )
    found: dict[str, Any] = made.to_dict()
    return found


def spend(proof: str, *, now: datetime) -> bool:
    """True for a right solution (base64 of JSON) the first time it is shown; whatever else it is, False."""
    solved = _read(proof)
    if solved is None or not altcha.verify_solution(solved, _secret(settings.SECRET_KEY)).verified:
        return False
    expires_at = datetime.fromtimestamp(solved.challenge.parameters.expires_at or 0, UTC)
    if expires_at <= now:
        return False
    return SpentProof.objects.spend(str(solved.challenge.signature), expires_at)


def _read(proof: str) -> altcha.Payload | None:
    if not proof or len(proof) > LONGEST_PROOF or not proof.isascii():
        return None
    try:
        base64.b64decode(proof, validate=True)
        return altcha.Payload.from_base64(proof)
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


@cache
def _secret(key: str) -> str:
    return salted_hmac("subscriptions.proofs", "challenge", secret=key).hexdigest()
