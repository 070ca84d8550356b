"""Proofs of work, right, wrong, forged, late and used before."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import altcha
import pytest
from django.db import connection

from subscriptions.clock import database_now
from subscriptions.models import SpentProof
from subscriptions.sign_up import proofs
from subscriptions.sign_up.intake import Answer, Verdict
from tests.subscriptions.proving import proof_of


def solved() -> str:
    now = database_now()
    return proof_of(Answer(Verdict.CHALLENGED, challenge=proofs.challenge(now=now)))


def changed(proof: str, **parameters: Any) -> str:
    payload = json.loads(base64.b64decode(proof))
    payload["challenge"]["parameters"] |= parameters
    return base64.b64encode(json.dumps(payload).encode()).decode()


@pytest.mark.django_db
def test_a_proof_is_taken_once_and_not_after_its_end() -> None:
    now = database_now()
    proof = solved()
    assert not proofs.spend(proof, now=now + proofs.SOLVE_WITHIN + timedelta(seconds=1))
    assert proofs.spend(proof, now=now)
    assert not proofs.spend(proof, now=now)
    assert SpentProof.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "parameters", [{"cost": 1}, {"keyPrefix": ""}, {"expiresAt": None}, {"expiresAt": 9e12}]
)
def test_a_challenge_that_was_made_easier_is_not_ours(parameters: dict[str, Any]) -> None:
    assert not proofs.spend(changed(solved(), **parameters), now=database_now())


@pytest.mark.django_db
def test_a_guess_is_no_solution() -> None:
    now = database_now()
    challenge = altcha.Challenge.from_dict(proofs.challenge(now=now))
    guess = altcha.Payload(challenge, altcha.Solution(7, "00" * 32)).to_base64()
    assert not proofs.spend(guess, now=now)
    assert not SpentProof.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64!",
        "é",
        "\x00",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b"{}").decode(),
        base64.b64encode(b'{"challenge": null, "solution": 1}').decode(),
        base64.b64encode(b'{"challenge": {"parameters": []}}').decode(),
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b"[" * 2900).decode(),
        "A" * 1_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_whatever_else_is_sent_is_no_proof(text: str) -> None:
    assert not proofs.spend(text, now=database_now())


@pytest.mark.django_db(transaction=True)
def test_a_proof_that_is_shown_many_times_at_once_is_taken_once() -> None:
    proof, now = solved(), database_now()

    def show(_number: int) -> bool:
        try:
            return proofs.spend(proof, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(show, range(16))) == 1
