"""The fields of a sign-up form, and the HTTP status of its answer: alike for every form."""

from dataclasses import replace
from http import HTTPStatus

from django.http import QueryDict
from django.utils.translation import get_language

from subscriptions.sign_up.intake import SignUpRequest, Verdict

STATUSES = {
    Verdict.TAKEN: HTTPStatus.OK,
    Verdict.WRONG: HTTPStatus.UNPROCESSABLE_ENTITY,
    Verdict.DOUBTFUL: HTTPStatus.UNPROCESSABLE_ENTITY,
    Verdict.CHALLENGED: HTTPStatus.TOO_MANY_REQUESTS,
    Verdict.REFUSED: HTTPStatus.TOO_MANY_REQUESTS,
}


def read_form(sent: QueryDict) -> SignUpRequest:
    """Read a sign-up form in the language that is active."""
    sign_up = SignUpRequest(
        address=sent.get("address", ""),
        newsletters=sent.getlist("newsletters"),
        shown=sent.get("shown", ""),
        trap=sent.get("website", ""),
        proof=sent.get("proof", ""),
        is_sure=sent.get("sure") == sent.get("address", ""),
        language=get_language() or "",
    )
    # The button that takes the hint counts only for the address that the hint was about.
    meant = sent.get("meant", "")
    if meant and sent.get("doubted") == sign_up.address:
        return replace(sign_up, address=meant, is_sure=True)
    return sign_up
