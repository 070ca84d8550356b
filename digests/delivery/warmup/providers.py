"""Who runs the mailboxes of a domain, by where its mail is taken in: providers count what we send to all of theirs."""

from collections.abc import Iterable, Mapping
from typing import Final

from digests.preflight.of_sender import organisation

# By the end of the first mail exchanger's name.
BY_EXCHANGER: Final[Mapping[str, str]] = {
    "google.com": "Gmail",
    "googlemail.com": "Gmail",
    "smtp.goog": "Gmail",
    "outlook.com": "Outlook",  # Microsoft 365 as well: outlook.com and its domains share their defences
    "hotmail.com": "Outlook",
    "mx.microsoft": "Outlook",
    "yahoodns.net": "Yahoo and AOL",
    "icloud.com": "iCloud",
    "apple.com": "iCloud",
    "gmx.net": "GMX and WEB.DE",
    "web.de": "GMX and WEB.DE",
    "kundenserver.de": "IONOS",
    "ionos.com": "IONOS",
    "t-online.de": "T-Online",
    "orange.fr": "Orange",
    "laposte.net": "La Poste",
    "free.fr": "Free",
    "sfr.fr": "SFR",
    "comcast.net": "Comcast",
    "protonmail.ch": "Proton",
    "messagingengine.com": "Fastmail",
    "zoho.com": "Zoho",
    "zoho.eu": "Zoho",
    "ovh.net": "OVH",
    "mail.ru": "Mail.ru",
    "yandex.net": "Yandex",
    "yandex.ru": "Yandex",
    "qq.com": "QQ",
    "netease.com": "NetEase",
    "pphosted.com": "Proofpoint",
    "ppe-hosted.com": "Proofpoint",
    "mimecast.com": "Mimecast",
    "barracudanetworks.com": "Barracuda",
}
# For a plan's form: those that a newspaper has most readers at come first.
KNOWN: Final = tuple(dict.fromkeys(BY_EXCHANGER.values()))


def provider_of(domain: str, exchangers: Iterable[str]) -> str:
    """`exchangers`: best first; without any, mail goes to the domain itself (RFC 5321 section 5.1)."""
    first = next(iter(exchangers), domain).lower().rstrip(".")
    labels = first.split(".")
    for start in range(len(labels)):
        if found := BY_EXCHANGER.get(".".join(labels[start:])):
            return found
    return organisation(first)
