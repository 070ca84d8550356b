"""Amazon SES: fifty readers a call by SendBulkEmail, or one by SendEmail; signed by botocore, sent like all others.

Its own client would write and sign each call anew, at six milliseconds a reader.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import requests
from anymail.utils import parse_address_list
from django.core.exceptions import ImproperlyConfigured
from requests.auth import AuthBase
from typing_extensions import override

from subscriptions.mailing import replies
from subscriptions.mailing.reply_parts import accepted_all, dicts, text
from subscriptions.mailing.service import (
    ACCEPTED,
    Answers,
    Body,
    Call,
    Headers,
    Limits,
    Meaning,
    ReaderAnswer,
    Reply,
    Service,
    Verdict,
    Webhooks,
)
from subscriptions.mailing.unwatched import Words

ONE, MANY = "/v2/email/outbound-emails", "/v2/email/outbound-bulk-emails"
_OFF = {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}


class Signed(AuthBase):
    """AWS Signature Version 4, with credentials that botocore renews where they run out."""

    def __init__(self, credentials: Any, region: str) -> None:
        self._credentials = credentials
        self._region = region

    @override
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        headers = {"Content-Type": request.headers["Content-Type"]}
        signing = AWSRequest("POST", request.url, data=request.body or b"", headers=headers)
        SigV4Auth(self._credentials, "ses", self._region).add_auth(signing)
        request.headers.update(dict(signing.headers.items()))
        return request


def request(backend: Any, mail: Any) -> dict[str, Any]:
    """What anymail's other backends give for a mail."""
    is_for_many = isinstance(getattr(mail, "merge_data", None), dict)
    data = _bulk(mail) if is_for_many else _single(mail)
    data |= _senders(backend, mail)
    if backend.configuration_set_name:
        data["ConfigurationSetName"] = backend.configuration_set_name
    region = _region(backend)
    extra = getattr(mail, "esp_extra", None)
    if isinstance(extra, dict):  # else it is anymail's word for nothing
        data |= extra
    return {
        "method": "POST",
        "url": _endpoint(backend, region) + (MANY if is_for_many else ONE),
        "headers": {"Content-Type": "application/json"},
        "auth": Signed(_credentials(backend), region),
        "data": json.dumps(data),
    }


def _endpoint(backend: Any, region: str) -> str:
    ending = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    url = backend.client_params.get("endpoint_url") or f"https://email.{region}.{ending}"
    return str(url).rstrip("/")


def _region(backend: Any) -> str:
    """Return the region in the URL, or the one that boto3 finds. Raises ImproperlyConfigured if there is none."""
    import boto3  # an extra

    region = backend.client_params.get("region_name")
    region = region or boto3.session.Session(**backend.session_params).region_name
    if not region:
        raise ImproperlyConfigured("Amazon SES needs a region: ses://KEY:SECRET@eu-west-1.")
    return str(region)


def _credentials(backend: Any) -> Any:
    """Those of the URL, or what boto3 finds. Raises ImproperlyConfigured."""
    import boto3  # an extra
    from botocore.credentials import Credentials

    given = backend.client_params
    if "aws_access_key_id" in given:
        return Credentials(
            given["aws_access_key_id"],
            given.get("aws_secret_access_key"),
            given.get("aws_session_token"),
        )
    found = boto3.session.Session(**backend.session_params).get_credentials()
    if found is None:
        raise ImproperlyConfigured("Amazon SES needs a key: ses://KEY:SECRET@eu-west-1.")
    return found


def _single(mail: Any) -> dict[str, Any]:
    content = {
        "Simple": {
            "Subject": _text(mail.subject),
            "Body": {"Text": _text(mail.body)} | _html(mail),
            "Headers": _headers(mail.extra_headers, getattr(mail, "metadata", None)),
        }
    }
    return {"Destination": {"ToAddresses": list(mail.to)}, "Content": content}


def _bulk(mail: Any) -> dict[str, Any]:
    template = {"Subject": mail.subject, "Text": mail.body}
    if mail.alternatives:
        template["Html"] = mail.alternatives[0][0]
    entries = [
        {
            "Destination": {"ToAddresses": [address]},
            "ReplacementEmailContent": {
                "ReplacementTemplate": {
                    "ReplacementTemplateData": json.dumps(mail.merge_data[address])
                }
            },
            "ReplacementHeaders": _headers(
                mail.extra_headers | mail.merge_headers[address], mail.merge_metadata[address]
            ),
        }
        for address in mail.to
    ]
    content = {"Template": {"TemplateContent": template, "TemplateData": "{}"}}
    return {"DefaultContent": content, "BulkEmailEntries": entries}


def _senders(backend: Any, mail: Any) -> dict[str, Any]:
    def written(value: str) -> list[str]:
        return [
            one.format(use_rfc2047=True, idna_encode=backend.idna_encode)
            for one in parse_address_list([value])
        ]

    data: dict[str, Any] = {"FromEmailAddress": written(mail.from_email)[0]}
    reply_to = mail.extra_headers.get("Reply-To") or ", ".join(mail.reply_to or [])
    if reply_to:
        data["ReplyToAddresses"] = written(reply_to)
    return data


def _html(mail: Any) -> dict[str, Any]:
    return {"Html": _text(mail.alternatives[0][0])} if mail.alternatives else {}


def _text(words: str) -> dict[str, str]:
    return {"Data": words, "Charset": "UTF-8"}


def _headers(headers: dict[str, str], metadata: dict[str, str] | None) -> list[dict[str, str]]:
    written = [
        {"Name": name, "Value": value}
        for name, value in headers.items()
        if name.lower() not in {"reply-to", "from", "message-id"}
    ]
    if metadata:
        written.append({"Name": "X-Metadata", "Value": json.dumps(metadata)})
    return written


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    if not reply.is_good:
        return None
    if len(addresses) == 1 and text(reply.data, "MessageId"):
        return accepted_all(addresses)
    results = dicts(reply.data, "BulkEmailEntryResults")
    return None if results is None else [_one(result) for result in results]


def _one(result: dict[str, Any]) -> ReaderAnswer:
    status = text(result, "Status")
    if status == "SUCCESS":
        return (
            ACCEPTED
            if text(result, "MessageId")
            else ReaderAnswer(Verdict.UNKNOWN, words="Amazon SES gave no id for them.")
        )
    return replies.told(SERVICE, status, text(result, "Error") or status)


def _fault(reply: Reply) -> tuple[str, str] | None:
    if reply.is_good:
        return None
    kind = reply.headers.get("x-amzn-errortype", "") or text(reply.data, "__type")
    code = kind.split(":")[0].rpartition("#")[2]
    words = text(reply.data, "message") or text(reply.data, "Message")
    return (code, words or code) if code or words else None


SERVICE = Service(
    name="ses",
    title="Amazon SES",
    module="amazon_ses",
    example="ses://KEY:SECRET@eu-west-1 (without a key: what boto3 finds)",
    limits=Limits(
        readers=50,
        megabytes=1,
        note="The account's sending rate in mails a second; Amazon tells it in its console. 1 MB a call for many.",
    ),
    call=Call(Body.FIELDS, "{{{{{}}}}}", readers=("BulkEmailEntries",), may_be_forbidden=True),
    headers=Headers(note="It writes Message-ID itself."),
    # Of calls for many; a mail by SendEmail knows no syntax, and a joiner in it harms nobody.
    syntax=("{{",),
    unwatched=Words(extra={"ConfigurationOverrides": {"Tracking": _OFF}}),
    request=request,
    names_each=True,
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(
                Verdict.SUPPRESSED,
                "the address is on the account's suppression list",
                words=r"suppression list",
            ),
            Meaning(
                Verdict.OURS,
                "the sender, or in the sandbox the reader, is not verified",
                words=r"not verified|identities failed",
            ),
            Meaning(
                Verdict.BUSY,
                "more than the account may send just now",
                code="TooManyRequestsException",
            ),
            Meaning(
                Verdict.BUSY, "more than the account may send just now", code="ThrottlingException"
            ),
            Meaning(
                Verdict.BUSY,
                "more than the account may send just now",
                code="LimitExceededException",
            ),
            Meaning(
                Verdict.BUSY, "more than the account may send just now", code="ACCOUNT_THROTTLED"
            ),
            Meaning(Verdict.LATER, "it did not work this time", code="TRANSIENT_FAILURE"),
            Meaning(
                Verdict.OURS,
                "the account's mails of the day are spent",
                code="ACCOUNT_DAILY_QUOTA_EXCEEDED",
            ),
            Meaning(Verdict.OURS, "the account is suspended", code="AccountSuspendedException"),
            Meaning(Verdict.OURS, "the account is suspended", code="ACCOUNT_SUSPENDED"),
            Meaning(Verdict.OURS, "sending is paused there", words=r"paused"),
            Meaning(Verdict.OURS, "sending is paused there", code="SendingPausedException"),
            Meaning(Verdict.OURS, "sending is paused there", code="ACCOUNT_SENDING_PAUSED"),
            Meaning(
                Verdict.OURS,
                "the MAIL FROM domain is not verified",
                code="MailFromDomainNotVerifiedException",
            ),
            Meaning(
                Verdict.OURS,
                "the MAIL FROM domain is not verified",
                code="MAIL_FROM_DOMAIN_NOT_VERIFIED",
            ),
            Meaning(
                Verdict.OURS,
                "the configuration set is not known",
                code="CONFIGURATION_SET_NOT_FOUND",
            ),
            Meaning(
                Verdict.REFUSED,
                "the address is none",
                words=r"illegal address|invalid.{0,20}address|domain (?:contains|starts|ends)|local address",
            ),
        ),
    ),
    webhooks=Webhooks(
        "anymail.webhooks.amazon_ses.AmazonSESTrackingWebhookView",
        "SES_WEBHOOK_TOPICS",
        "topics",
        "the ARNs of the SNS topics that may post, separated by commas",
        fresh_for=timedelta(hours=3),  # SNS tries for one at most
    ),
    cannot=(
        "A key that may use SendEmail but not SendBulkEmail sends one reader a call, at a fraction of the speed.",
    ),
    tried="against moto and aws-ses-v2-local, for mails one by one; calls for many against what it documents",
)
