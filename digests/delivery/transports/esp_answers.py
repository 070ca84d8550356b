"""What an ESP's answer, or the lack of one, says of each reader of a call.

A 4xx, or a connection that never came about: nothing was taken. A timeout, a reset, a 5xx, an answer that is none: it
may have been, and a POST is not repeated by itself (RFC 9110 section 9.2.2).
"""

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeGuard

import requests
from anymail.exceptions import AnymailRecipientsRefused
from anymail.message import AnymailMessage
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import ProxyError as ProxyFailed

from digests.choices import Outcome
from digests.delivery.transports.base import ACCEPTED, Answer

REST_SECONDS = 30
LONGEST_REST_SECONDS = 900
TOO_MANY = 429
# The ESP finds fault with the call or with one of its readers.
ABOUT_THE_CALL = frozenset({400, 413, 422})
# A timeout told politely, and a call with the same key that is under way.
UNCLEAR = frozenset({408, 409})
RESTS = ("retry-after", "ratelimit-reset", "x-sib-ratelimit-reset")

# Of Amazon's: about the account, not about the message, though they come as 400.
SES_ACCOUNT = frozenset(
    {
        "AccountSuspendedException",
        "LimitExceededException",
        "MailFromDomainNotVerifiedException",
        "SendingPausedException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# Of botocore's: before anything was sent.
SES_UNSENT = frozenset(
    {
        "ConnectTimeoutError",
        "EndpointConnectionError",
        "NoCredentialsError",
        "NoRegionError",
        "ParamValidationError",
        "PartialCredentialsError",
        "SSLError",
    }
)
# Of Postmark's ErrorCodes: the address is no address, or has bounced before.
POSTMARK_REFUSED = frozenset({300, 406})


class Refused(Exception):
    """Nobody of this call was sent anything; alone, most of them may be."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class Away(Exception):
    """Nobody of this call was sent anything, and nobody would be: the way out must rest."""

    def __init__(self, text: str, rest_seconds: float = REST_SECONDS) -> None:
        super().__init__(text)
        self.rest_seconds = rest_seconds


class Doubt(Exception):
    """The ESP may have taken the call."""


def read(error: Exception | None, mail: AnymailMessage) -> list[Answer]:
    """One answer for each of mail.to, in their order; `error` is what the call raised. Raises the three above."""
    response = getattr(error, "response", None)
    if error is None:
        response = mail.anymail_status.esp_response
    told = _of_each_message(response)
    if told is not None and len(told) == len(mail.to):
        return told
    if error is not None and not isinstance(error, AnymailRecipientsRefused):
        _explain(error)
    if _is_web_page(response):
        raise Doubt(f"The service answered with {_words(response)}.")
    recipients = {name.lower(): status for name, status in mail.anymail_status.recipients.items()}
    has_ids = any(status.message_id for status in recipients.values())
    return [_answer(recipients.get(address.lower()), has_ids) for address in mail.to]


def rest_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """How long the service wants to be left alone: seconds or a date (RFC 9110 section 10.2.3)."""
    for name in RESTS:
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,6}(\.\d+)?", value):
            return _bounded(float(value))
        if value:
            try:
                at = email.utils.parsedate_to_datetime(value)
            except ValueError:
                continue
            return _bounded((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
    return REST_SECONDS


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST_REST_SECONDS)


def _answer(status: Any, has_ids: bool) -> Answer:
    """Of one reader, as anymail read it."""
    if status is None or status.status == "unknown":
        return Answer(Outcome.UNCERTAIN, text="The service took the call and says nothing of them.")
    if status.status not in {"sent", "queued"}:
        return Answer(Outcome.FAILED, text=f"The service says: {status.status}.")
    if has_ids and not status.message_id:
        return Answer(Outcome.UNCERTAIN, text="The service gave others an id, and them none.")
    return ACCEPTED


def _of_each_message(response: Any) -> list[Answer] | None:
    """Postmark's list: one result a message, in their order. Anymail gives up all of it for one error."""
    if not isinstance(response, requests.Response) or response.status_code != requests.codes.ok:
        return None
    try:
        results = response.json()
    except ValueError:
        return None
    if not isinstance(results, list):
        return None
    return [_of_result(result) for result in results]


def _of_result(result: Any) -> Answer:
    if not isinstance(result, dict) or not isinstance(result.get("ErrorCode", 0), int):
        return Answer(Outcome.UNCERTAIN, text="The service gave no readable answer for them.")
    code = result.get("ErrorCode", 0)
    if code == 0:
        return ACCEPTED
    outcome = Outcome.FAILED if code in POSTMARK_REFUSED else Outcome.DEFERRED
    return Answer(outcome, str(code), str(result.get("Message", "")))


def _explain(error: Exception) -> NoReturn:
    response = getattr(error, "response", None)
    if isinstance(response, requests.Response):
        _explain_http(response)
    if isinstance(response, Mapping):
        _explain_ses(response, error)
    cause = error.__cause__ or error
    if type(cause).__name__ in SES_UNSENT or _never_connected(cause):
        raise Away(f"The service cannot be reached: {_first_line(cause)}") from error
    if isinstance(cause, requests.TooManyRedirects):
        raise Away("The service redirects elsewhere; is its api_url right?") from error
    if isinstance(cause, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        raise Away(f"Its api_url is no URL: {_first_line(cause)}") from error
    if isinstance(error, ValueError | TypeError) and not isinstance(
        error, requests.RequestException
    ):
        raise Refused(f"The message cannot be made: {_first_line(error)}") from error
    raise Doubt(f"The service gave no clear answer: {_first_line(cause)}") from error


def _explain_http(response: requests.Response) -> NoReturn:
    status, words = response.status_code, _words(response)
    if status == TOO_MANY:
        rest = rest_seconds(response.headers, datetime.now(UTC))
        raise Away(f"The service is busy and asks for {rest:.0f} s of rest: 429 {words}", rest)
    if status in ABOUT_THE_CALL:
        raise Refused(words, str(status))
    if status in UNCLEAR or status >= requests.codes.server_error:
        raise Doubt(f"The service gave no clear answer: {status} {words}")
    if status >= requests.codes.multiple_choices:
        raise Away(f"The service answered {status}: {words}")
    if "Mailgun Magnificent API" in response.text:  # what Mailgun says to a wrong URL, with a 200
        raise Away("Mailgun does not know this URL; are the sending domain and api_url right?")
    raise Doubt(f"The service answered with what is no answer of its API: {words}")


def _explain_ses(response: Mapping[str, Any], error: Exception) -> NoReturn:
    code = str(response.get("Error", {}).get("Code", ""))
    about = response.get("ResponseMetadata", {})
    status, words = int(about.get("HTTPStatusCode", 0)), _first_line(error)
    if code in SES_ACCOUNT or status == TOO_MANY:
        headers = {str(k).lower(): str(v) for k, v in about.get("HTTPHeaders", {}).items()}
        raise Away(f"Amazon SES: {words}", rest_seconds(headers, datetime.now(UTC)))
    if status in ABOUT_THE_CALL:
        raise Refused(words, str(status))
    if 400 <= status < 500 and status not in UNCLEAR:
        raise Away(f"Amazon SES: {words}")
    raise Doubt(f"Amazon SES gave no clear answer: {words}")


def _never_connected(cause: BaseException) -> bool:
    """No address, nobody there, a certificate that is not theirs: not a byte of the call has left."""
    reason = getattr(cause.args[0], "reason", None) if cause.args else None
    if isinstance(cause, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(cause)
    return isinstance(cause, requests.ConnectTimeout) or isinstance(
        reason, NewConnectionError | ProxyFailed
    )


def _is_web_page(response: Any) -> TypeGuard[requests.Response]:
    if not isinstance(response, requests.Response):
        return False
    return "html" in response.headers.get("content-type", "").lower() or (
        response.text.lstrip()[:1] == "<"
    )


def _words(response: requests.Response) -> str:
    """What it said, in one line."""
    text = response.text
    if _is_web_page(response):
        title = re.search(r"<title[^>]*>(.{1,100}?)</title>", text, re.DOTALL | re.IGNORECASE)
        return f"a web page, “{' '.join(title[1].split())}”" if title else "a web page"
    return " ".join(text[:500].split())[:200] or "no words"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:300]
