"""Sign-ups that come in as from a page that had been on the screen for a while."""

from datetime import timedelta

from subscriptions.evidence import Evidence
from subscriptions.sign_up.form_times import stamp
from subscriptions.sign_up.intake import SignUpRequest, Verdict, request
from tests.builders import NOON
from tests.subscriptions.conftest import EVIDENCE


def sign_up(address: str, slugs: list[str], evidence: Evidence = EVIDENCE) -> Verdict | int | None:
    """The letter's id, or None, where it was taken; else what was said."""
    shown = stamp(NOON - timedelta(minutes=1))
    answer = request(SignUpRequest(address, slugs, shown, is_sure=True), evidence, now=NOON)
    return answer.letter_id if answer.verdict is Verdict.TAKEN else answer.verdict
