"""Checks of who writes, and to how many."""

from collections.abc import Iterator
from statistics import median

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.preflight.finding import Finding, Place, blocking, warning
from digests.preflight.material import Material

# More or less than the last ones by this share is worth a look;
UNLIKE = 0.3
# but not when it is a handful of readers.
HANDFUL = 20
# Second levels under which names are given out in many countries (co.uk, com.au).
SHARED_LEVELS = frozenset({"ac", "co", "com", "edu", "gov", "net", "ne", "or", "org"})
_REFUSING = {
    "quarantine": gettext_lazy("%(sender)s asks mail servers to put such mail into junk."),
    "reject": gettext_lazy("%(sender)s asks mail servers to refuse such mail."),
}
# RFC 2606 and RFC 6761: names that belong to nobody, for documents and tests.
NOBODYS = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")


def aligned(material: Material) -> Iterator[Finding]:
    """DMARC wants the domain in From to be of the organisation that signs or bounces for it (RFC 9989, relaxed)."""
    sender = domain_of(material.sender)
    known = {_organisation(domain, material) for domain in material.house_domains}
    if sender and known and _organisation(sender, material) not in known:
        text = _("%(sender)s is not one of this installation’s sender addresses (%(known)s).")
        values = {"sender": sender, "known": ", ".join(sorted(known))}
        said = text % values
        if material.domain is not None and material.domain.policy in {"quarantine", "reject"}:
            said += f" {_REFUSING[material.domain.policy] % values}"
        yield warning("alignment", said, Place.NEWSLETTER, "sender_address", about=sender)


def _organisation(domain: str, material: Material) -> str:
    """Return the domain's organisation by the DNS; by rule of thumb while the DNS has not answered or is not asked."""
    return material.organisations.get(domain) or organisation(domain)


def published(material: Material) -> Iterator[Finding]:
    sender = domain_of(material.sender)
    if material.domain is None:
        return
    for name, found in (("SPF", material.domain.has_spf), ("DMARC", material.domain.has_dmarc)):
        if found is False:
            text = _("%(domain)s publishes no %(record)s record; Gmail and Yahoo ask for one.")
            values = {"domain": sender, "record": name}
            yield warning(
                "dns", text % values, Place.NEWSLETTER, "sender_address", about=f"{sender} {name}"
            )


def audience(material: Material) -> Iterator[Finding]:
    """Many more or fewer readers than the last digests had: an import gone wrong, a list half gone."""
    if material.readers is None:
        return
    if material.readers == 0 and material.urgent_story is not None:
        text = _("Nobody would receive it: all of its readers have the story already.")
        yield blocking("nobody_left", text, Place.NEWSLETTER)
        return
    if material.readers == 0:
        yield warning("no_readers", _("No reader would receive it."), Place.NEWSLETTER)
        return
    if not material.readers_before:
        return
    usual = round(median(material.readers_before))
    difference = abs(material.readers - usual)
    if difference > UNLIKE * usual and difference >= HANDFUL:
        text = _("About %(now)s readers would receive it; the last digests went to %(usual)s.")
        values = {"now": _number(material.readers), "usual": _number(usual)}
        yield warning("audience", text % values, Place.NEWSLETTER, about=str(usual))


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].strip(" >").lower()


def organisation(domain: str) -> str:
    """The name somebody registered (paper.co.uk of news.paper.co.uk), by rule of thumb, not by a list."""
    labels = domain.lower().strip(".").split(".")
    is_shared = len(labels) > 2 and labels[-2] in SHARED_LEVELS and len(labels[-1]) == 2
    return ".".join(labels[-3:] if is_shared else labels[-2:])


def is_nobodys(domain: str) -> bool:
    return any(domain == name or domain.endswith(f".{name}") for name in NOBODYS)


def _number(value: int) -> str:
    return number_format(value, force_grouping=True)
