"""django-anymail's views where its own check is missing, or asks for a library that ours does not need."""

import base64
import binascii
import hashlib
import hmac
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.amazon_ses import AmazonSESBaseWebhookView, AmazonSESTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView, SvixWebhookValidationMixin
from anymail.webhooks.sendgrid import SendGridBaseWebhookView, SendGridTrackingWebhookView
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.http import HttpRequest

from digests.tracking import sns


class SesView(AmazonSESTrackingWebhookView):  # type: ignore[misc] # anymail ships no types
    """Anymail checks basic auth only; the signature of SNS is checked here. Needs no boto3."""

    warn_if_no_basic_auth = False

    def __init__(self, *, topics: str) -> None:
        super(AmazonSESBaseWebhookView, self).__init__(webhook_secret="")
        self.topics = frozenset(topics.replace(",", " ").split())
        # Anymail would confirm with the AWS credentials of this process; sns.py follows a checked link instead.
        self.auto_confirm_enabled = False

    # Anymail runs the checks of every class of a view's chain by itself: none calls its parent's.
    def validate_request(self, request: HttpRequest) -> None:
        try:
            sns.verify(self._parse_sns_message(request), topics=self.topics)
        except sns.Forged as error:
            raise AnymailWebhookValidationFailure(str(error)) from error

    def parse_events(self, request: HttpRequest) -> list[Any]:
        message = self._parse_sns_message(request)
        if message["Type"] == "SubscriptionConfirmation":
            try:
                sns.confirm(message)
            except sns.Forged as error:
                raise AnymailWebhookValidationFailure(str(error)) from error
            return []
        events: list[Any] = super().parse_events(request)
        return events


class ResendView(ResendTrackingWebhookView):  # type: ignore[misc] # anymail ships no types
    """Svix' signature, which is an HMAC, without the svix library."""

    warn_if_no_basic_auth = False

    def __init__(self, *, webhook_key: str) -> None:
        super(SvixWebhookValidationMixin, self).__init__(webhook_secret="")
        self._svix_webhook = None
        self.webhook_key = webhook_key

    def validate_request(self, request: HttpRequest) -> None:
        headers = request.headers
        signed = f"{headers.get('svix-id', '')}.{headers.get('svix-timestamp', '')}.".encode()
        try:
            key = base64.b64decode(self.webhook_key.removeprefix("whsec_"))
        except binascii.Error as error:
            raise AnymailWebhookValidationFailure("RESEND_WEBHOOK_KEY is no key.") from error
        mac = hmac.digest(key, signed + request.body, hashlib.sha256)
        expected = b"v1," + base64.b64encode(mac)
        # Several, while a key is being changed.
        given = headers.get("svix-signature", "").encode().split()
        if not any(hmac.compare_digest(expected, signature) for signature in given):
            raise AnymailWebhookValidationFailure("The signature is not Resend's.")


class SendGridView(SendGridTrackingWebhookView):  # type: ignore[misc] # anymail ships no types
    """The signature is demanded, not optional; and no warning at each request that SendGrid is out of support."""

    warn_if_no_basic_auth = False

    def __init__(self, *, webhook_key: str) -> None:
        super(SendGridBaseWebhookView, self).__init__(webhook_secret="")
        pem = f"-----BEGIN PUBLIC KEY-----\n{webhook_key}\n-----END PUBLIC KEY-----"
        self.webhook_verification_key = load_pem_public_key(pem.encode())
