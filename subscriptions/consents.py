"""Append-only proof: one row for each step of a reader with a newsletter, or with all of them."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from django.conf import settings

from subscriptions.choices import ConsentAction, IpRule
from subscriptions.evidence import Evidence
from subscriptions.models import Consent, Newsletter, Subscriber

SOURCE_URL_LENGTH = 500
IP_HASH_PREFIX = b"newsroom consent ip"


def record(
    subscriber: Subscriber,
    newsletters: Iterable[Newsletter | None],
    action: ConsentAction,
    evidence: Evidence,
    *,
    now: datetime,
) -> None:
    """`newsletters` holds None for a step that is about all of them alike."""
    kept = kept_of(evidence)
    Consent.objects.bulk_create(
        Consent(subscriber=subscriber, newsletter=newsletter, action=action, at=now, **kept)
        for newsletter in newsletters
    )


def kept_of(evidence: Evidence) -> dict[str, Any]:
    """What a consent row keeps of where and how it was said, by its columns.

    Of an IP address as CONSENT_IP says; a keyed hash can prove a known address, but not be turned back into one.
    """
    rule = settings.CONSENT_IP if evidence.ip else IpRule.NONE
    return {
        "wording": evidence.wording,
        "form": evidence.form,
        "embedded_form_id": evidence.embedded_form_id,
        "source_url": evidence.source_url[:SOURCE_URL_LENGTH],
        "ip": evidence.ip if rule == IpRule.KEEP else None,
        "ip_hash": ip_hash(evidence.ip or "") if rule == IpRule.HASH else "",
    }


def ip_hash(ip: str) -> str:
    packed = ip_address(ip).packed
    return hmac.new(
        settings.SUPPRESSION_KEY.encode(), IP_HASH_PREFIX + packed, "sha256"
    ).hexdigest()[:32]
