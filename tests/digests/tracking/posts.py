"""Posts as each ESP makes them: what it puts where, and how it signs. The values are made up."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from django.test import Client

from digests.tracking import sns

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PASSWORD = "newsroom:a-long-secret"
KEY = "a-key-that-only-the-service-and-we-know"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:newsroom-events"
CERTIFICATE_URL = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ECDSA = ec.generate_private_key(ec.SECP256R1())
RESEND_KEY = "whsec_" + base64.b64encode(b"another key of thirty-two bytes.").decode()
SITE = "https://news.example.org"


def public(key: Any) -> str:
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


KEYS = {
    "WEBHOOK_SECRET": PASSWORD,
    "MAILERSEND_WEBHOOK_KEY": KEY,
    "MAILGUN_WEBHOOK_KEY": KEY,
    "MAILTRAP_WEBHOOK_KEY": KEY,
    "MANDRILL_WEBHOOK_KEY": KEY,
    "POSTAL_WEBHOOK_KEY": public(RSA),
    "RESEND_WEBHOOK_KEY": RESEND_KEY,
    "SENDGRID_WEBHOOK_KEY": public(ECDSA),
    "SES_WEBHOOK_TOPICS": TOPIC,
    "UNISENDER_GO_WEBHOOK_KEY": KEY,
}


@dataclass(frozen=True)
class Post:
    esp: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    def send(self, client: Client) -> int:
        return client.post(
            f"/webhooks/{self.esp}/",
            data=self.body,
            content_type=self.content_type,
            headers=dict(self.headers),
        ).status_code


@dataclass(frozen=True)
class Mail:
    """The mail that an event is about."""

    recipient: str = "reader@example.org"
    delivery: str = ""
    message_id: str = "<0001@news.example.org>"
    at: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(minutes=5))

    @property
    def metadata(self) -> dict[str, str]:
        return {"newsroom_delivery": self.delivery} if self.delivery else {}

    @property
    def unix(self) -> int:
        return int(self.at.timestamp())

    @property
    def iso(self) -> str:
        return self.at.isoformat().replace("+00:00", "Z")


def basic() -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(PASSWORD.encode()).decode()}


def mac(body: bytes, key: str = KEY) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def brevo(mail: Mail, event: str = "hard_bounce", **more: Any) -> Post:
    body = {
        "event": event,
        "email": mail.recipient,
        "id": 271,
        "date": "2026-11-23 06:00:10",
        "ts_epoch": mail.unix * 1000,
        "message-id": mail.message_id,
        "reason": "550 5.1.1 No such mailbox",
        "X-Mailin-custom": json.dumps(mail.metadata),
        **more,
    }
    return Post("brevo", json.dumps(body).encode(), basic())


def mailersend(mail: Mail, event: str = "hard_bounced", event_id: str = "ev1") -> Post:
    data = {
        "object": "activity",
        "id": event_id,
        "type": event,
        "created_at": mail.iso,
        "email": {
            "object": "email",
            "message": {"object": "message", "id": "62fb66bef54a112e920b5493"},
            "recipient": {"object": "recipient", "email": mail.recipient},
            "status": "rejected",
            "tags": [],
        },
        "morph": {"object": "recipient_bounce", "reason": "Host or domain name not found"},
    }
    body = json.dumps({"type": f"activity.{event}", "data": data}).encode()
    return Post("mailersend", body, {"Signature": mac(body)})


def mailgun(
    mail: Mail,
    event: str = "failed",
    *,
    token: str = "token-1",
    signed_at: datetime | None = None,
    code: int = 550,
    reply: str = "5.1.1 No such user",
    severity: str = "permanent",
    reason: str = "bounce",
    signature: Mapping[str, str] | None = None,
) -> Post:
    stamp = str(int((signed_at or datetime.now(UTC)).timestamp()))
    signed = signature or {
        "timestamp": stamp,
        "token": token,
        "signature": mac(f"{stamp}{token}".encode()),
    }
    data = {
        "event": event,
        "id": "G9Bn5sl1TC6nu79C8C0bwg",
        "timestamp": mail.unix + 0.25,
        "recipient": mail.recipient,
        "message": {"headers": {"message-id": mail.message_id.strip("<>"), "to": mail.recipient}},
        "user-variables": mail.metadata,
        "tags": [],
    }
    if event == "failed":
        data |= {
            "severity": severity,
            "reason": reason,
            "delivery-status": {"code": code, "message": reply, "description": ""},
        }
    return Post("mailgun", json.dumps({"signature": signed, "event-data": data}).encode())


def mailjet(mail: Mail, *events: dict[str, Any]) -> Post:
    plain = {
        "time": mail.unix,
        "MessageID": 19421777835146490,
        "email": mail.recipient,
        "Payload": json.dumps(mail.metadata),
    }
    bounce = {
        "event": "bounce",
        "hard_bounce": True,
        "error_related_to": "recipient",
        "error": "user unknown",
        "comment": "Host or domain name not found.",
    }
    return Post("mailjet", json.dumps([plain | it for it in events or [bounce]]).encode(), basic())


def mailtrap(mail: Mail, event: str = "bounce", count: int = 1) -> Post:
    events = [
        {
            "event": event,
            "message_id": "8a6f2b2e-0000-11ef-0000-f1a5ae0c6e5b",
            "sending_stream": "bulk",
            "email": mail.recipient,
            "timestamp": mail.unix,
            "event_id": f"bede7236-{event}-{number}",
            "custom_variables": mail.metadata,
            "response": "bounced (550 5.1.1 no such user)",
            "response_code": 550,
        }
        for number in range(count)
    ]
    body = json.dumps({"events": events}).encode()
    return Post("mailtrap", body, {"Mailtrap-Signature": mac(body)})


def mandrill(mail: Mail, event: str = "hard_bounce", **more: Any) -> Post:
    events = [
        {
            "event": event,
            "_id": "exampleaaaaaaaaaaaaaaaaaaaaaaaaa",
            "ts": mail.unix,
            "msg": {
                "ts": mail.unix,
                "_id": "exampleaaaaaaaaaaaaaaaaaaaaaaaaa",
                "email": mail.recipient,
                "metadata": mail.metadata,
                "tags": [],
                "bounce_description": "bad_mailbox",
                "diag": "smtp;550 5.1.1 The address does not exist.",
                **more,
            },
        }
    ]
    text = json.dumps(events)
    signed = f"{SITE}/webhooks/mandrill/mandrill_events{text}"
    signature = base64.b64encode(hmac.new(KEY.encode(), signed.encode(), hashlib.sha1).digest())
    return Post(
        "mandrill",
        urlencode({"mandrill_events": text}).encode(),
        {"X-Mandrill-Signature": signature.decode()},
        FORM,
    )


def postal(mail: Mail, event: str = "MessageBounced", **payload: Any) -> Post:
    body = json.dumps(
        {
            "event": event,
            "timestamp": mail.unix,
            "uuid": "0fcc8906-6a6c-4b21-8f2c-7a7a3c0fe7b5",
            "payload": {
                "original_message": {
                    "id": 12345,
                    "direction": "outgoing",
                    "to": mail.recipient,
                    "message_id": mail.message_id.strip("<>"),
                },
                **(payload or {"bounce": {"id": 12347, "subject": "Undeliverable"}}),
            },
        }
    ).encode()
    signature = RSA.sign(body, padding.PKCS1v15(), hashes.SHA1())
    return Post("postal", body, {"X-Postal-Signature": base64.b64encode(signature).decode()})


def postmark(mail: Mail, kind: str = "HardBounce", **more: Any) -> Post:
    body = {
        "RecordType": "SpamComplaint" if kind == "SpamComplaint" else "Bounce",
        "ID": 901542550,
        "Type": kind,
        "TypeCode": 1,
        "MessageID": "2706ee8a-737c-4285-b032-ccd317af53ed",
        "Metadata": mail.metadata,
        "Email": mail.recipient,
        "BouncedAt": mail.iso,
        "Description": "The server was unable to deliver your message.",
        "Details": "smtp;550 5.1.1 The account does not exist.",
        **more,
    }
    return Post("postmark", json.dumps(body).encode(), basic())


def resend(
    mail: Mail,
    event: str = "email.bounced",
    *,
    signed_at: datetime | None = None,
    name: str = "msg_1",
    kind: str = "Permanent",
    part: str = "General",
) -> Post:
    body = json.dumps(
        {
            "type": event,
            "created_at": mail.iso,
            "data": {
                "email_id": "4a90a90a-90a9-0a90-a90a-90a90a90a90a",
                "to": [mail.recipient],
                "headers": [{"name": "X-Metadata", "value": json.dumps(mail.metadata)}],
                "bounce": {
                    "type": kind,
                    "subType": part,
                    "message": "The recipient's email provider sent a hard bounce message.",
                },
            },
        }
    ).encode()
    stamp = str(int((signed_at or datetime.now(UTC)).timestamp()))
    key = base64.b64decode(RESEND_KEY.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{name}.{stamp}.".encode() + body, "sha256")
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return Post(
        "resend", body, {"svix-id": name, "svix-timestamp": stamp, "svix-signature": signature}
    )


def sendgrid(mail: Mail, *events: dict[str, Any], signed_at: datetime | None = None) -> Post:
    plain = {
        "email": mail.recipient,
        "timestamp": mail.unix,
        "smtp-id": mail.message_id,
        "anymail_id": "c58b9bd5-9b8e-4a6c-9f3f-6f9a5b0a1f0e",
        "sg_message_id": "filter0001.16648.5515E0B88.0",
        **mail.metadata,
    }
    bounce = {
        "event": "bounce",
        "type": "bounce",
        "sg_event_id": "sg-1",
        "status": "5.1.1",
        "reason": "550 5.1.1 No such user",
    }
    body = json.dumps([plain | it for it in events or [bounce]]).encode()
    stamp = str(int((signed_at or datetime.now(UTC)).timestamp()))
    signature = ECDSA.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return Post(
        "sendgrid",
        body,
        {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        },
    )


def sparkpost(mail: Mail, kind: str = "bounce", bounce_class: str = "10") -> Post:
    event = {
        "type": kind,
        "bounce_class": bounce_class,
        "event_id": "92356927693813856",
        "timestamp": str(mail.unix),
        "transmission_id": "65832150921904138",
        "raw_rcpt_to": mail.recipient,
        "rcpt_to": mail.recipient.lower(),
        "rcpt_meta": mail.metadata,
        "raw_reason": "550 5.1.1 No such user",
    }
    body = [{"msys": {"message_event": event}}, {"msys": {}}]
    return Post("sparkpost", json.dumps(body).encode(), basic())


def ses(
    mail: Mail,
    event: str = "Bounce",
    *,
    kind: str = "Permanent",
    part: str = "General",
    about: Any = None,
    **more: Any,
) -> Post:
    message: dict[str, Any] = {
        "eventType": event,
        "mail": {
            "messageId": "00000137860315fd-34208509-5b74-41f3-95c5-22c1edc3c924-000000",
            "destination": [mail.recipient],
            "headers": [{"name": "X-Metadata", "value": json.dumps(mail.metadata)}],
        },
    }
    if event == "Bounce":
        message["bounce"] = {
            "bounceType": kind,
            "bounceSubType": part,
            "bouncedRecipients": [
                {"emailAddress": mail.recipient, "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
            ],
        }
    elif about is not None:
        message["failure" if event == "Rendering Failure" else event.lower()] = about
    return notification({"Message": json.dumps(message), "Timestamp": mail.iso, **more})


def notification(more: Mapping[str, Any]) -> Post:
    message = {
        "Type": "Notification",
        "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Timestamp": Mail().iso,
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
        **more,
    }
    hash_ = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()
    signature = RSA.sign(sns.signed_text(message), padding.PKCS1v15(), hash_)
    message.setdefault("Signature", base64.b64encode(signature).decode())
    return sns_post(message)


def sns_post(message: Mapping[str, Any]) -> Post:
    headers = {
        "x-amz-sns-message-type": message["Type"],
        "x-amz-sns-message-id": message["MessageId"],
    }
    return Post("ses", json.dumps(message).encode(), headers, "text/plain; charset=UTF-8")


def unisender(mail: Mail, status: str = "hard_bounced", detail: str = "err_user_unknown") -> Post:
    placeholder = "0" * 32
    event = {
        "event_name": "transactional_email_status",
        "event_data": {
            "job_id": "1a3Q2V-0000OZ-S0",
            "metadata": mail.metadata,
            "email": mail.recipient,
            "status": status,
            "event_time": mail.at.strftime("%Y-%m-%d %H:%M:%S"),
            "delivery_info": {
                "delivery_status": detail,
                "destination_response": "550 5.1.1 No such user",
            },
        },
    }
    whole = {"auth": placeholder, "events_by_user": [{"user_id": 1, "events": [event]}]}
    body = json.dumps(whole)
    signature = hashlib.md5(body.replace(placeholder, KEY).encode()).hexdigest()
    return Post("unisender-go", body.replace(placeholder, signature).encode())


def certificate(url: str) -> bytes:
    """What SNS would serve: our own key's certificate. Setting SNS_SOURCE names it."""
    asked.append(url)
    if url != CERTIFICATE_URL:
        return b""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(RSA.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(RSA, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


asked: list[str] = []
BOUNCES: dict[str, Callable[[Mail], Post]] = {
    "brevo": brevo,
    "mailersend": mailersend,
    "mailgun": mailgun,
    "mailjet": mailjet,
    "mailtrap": mailtrap,
    "mandrill": mandrill,
    "postal": postal,
    "postmark": postmark,
    "resend": resend,
    "sendgrid": sendgrid,
    "ses": ses,
    "sparkpost": sparkpost,
    "unisender-go": unisender,
}
