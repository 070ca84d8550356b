"""Is this message Amazon SNS's, and from a topic of ours? Its signature, checked as AWS documents it.

The certificate that a message names is fetched from sns.<region>.amazonaws.com only, over https, once
(sns_certificates.py).
"""

import base64
import binascii
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from django.conf import settings
from django.utils.module_loading import import_string

from digests.tracking.sns_certificates import Certificates, NoCertificate

logger = logging.getLogger(__name__)
_certificates = Certificates()

Message = Mapping[str, Any]
Source = Callable[[str], bytes]

# Matched as they were written: a parser of URLs would drop line breaks and see other hosts than a reader does.
_HOST = r"https://sns\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(_HOST + r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
_CONFIRMATION = re.compile(_HOST + r"/\?[!-~]{1,2000}")
_SIGNATURE_BYTES = frozenset({256, 384, 512})  # RSA of 2048, 3072 and 4096 bits
_HASHES = {"1": SHA1, "2": SHA256}
# The names and their order are part of the signature; what is absent is left out.
_SIGNED_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_CONFIRMATION = (
    "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip


class Forged(ValueError):
    """The message is not from SNS, or not from a topic of ours."""


def verify(message: Message, *, topics: frozenset[str]) -> None:
    """Verify a message from SNS. Raises Forged; or FetchError if the certificate cannot be had just now."""
    if message.get("TopicArn") not in topics:
        raise Forged("The topic is not one of SES_WEBHOOK_TOPICS.")
    algorithm = _HASHES.get(str(message.get("SignatureVersion")))
    if algorithm is None:
        raise Forged("The version of the signature is unknown.")
    url = str(message.get("SigningCertURL", ""))
    if not is_certificate_url(url):
        raise Forged("The certificate would come from elsewhere than SNS.")
    try:
        signature = base64.b64decode(str(message.get("Signature", "")), validate=True)
        if len(signature) not in _SIGNATURE_BYTES:  # before anything is fetched for it
            raise Forged("It is not signed.")
        key = _certificates.key_of(url, _source())
        key.verify(signature, signed_text(message), padding.PKCS1v15(), algorithm())
    except NoCertificate as error:
        raise Forged(str(error)) from error
    except (binascii.Error, InvalidSignature) as error:
        raise Forged("The signature does not fit.") from error


def confirm(message: Message) -> None:
    """Follow the link of a verified SubscriptionConfirmation. Raises Forged, or FetchError."""
    url = str(message.get("SubscribeURL", ""))
    asked = parse_qs(url.partition("?")[2])
    is_ours = asked.get("Action") == ["ConfirmSubscription"] and asked.get("TopicArn") == [
        message["TopicArn"]
    ]
    if not is_ours or not _CONFIRMATION.fullmatch(url):
        raise Forged("The link to confirm leads elsewhere than to SNS.")
    _source()(url)
    logger.info("The SNS topic %s has been confirmed.", message["TopicArn"])


def is_certificate_url(url: str) -> bool:
    return bool(_CERTIFICATE.fullmatch(url))


def signed_text(message: Message) -> bytes:
    is_notification = message.get("Type") == "Notification"
    names = _SIGNED_NOTIFICATION if is_notification else _SIGNED_CONFIRMATION
    lines = [f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None]
    return "".join(lines).encode("utf-8", "surrogatepass")


def forget_certificates() -> None:
    _certificates.forget()


def _source() -> Source:
    source: Source = import_string(settings.SNS_SOURCE)
    return source
