"""docs/services.md, from the records of services: `python -m newsroom.service_docs` writes it, a test compares it."""

from collections.abc import Iterator
from pathlib import Path

from digests.tracking.meanings import MEANINGS
from subscriptions.mailing.service import Body, Headers, Service, Verdict
from subscriptions.mailing.services import all_services

PAGE = Path(__file__).resolve().parent.parent / "docs" / "services.md"
HEAD = """# Mail services

{count} services are offered, by django-anymail; a mail server needs none of them. This page is written from the
records that the sender itself uses (`subscriptions/mailing/services/`, one file a service), by
`python -m newsroom.service_docs`. Nothing of it was tried with a real account: it is what the services document and
what their own libraries have recorded. A contract test plays all of it
(`tests/digests/delivery/transports/test_service_contract.py`).

What an event means is one table as well (`digests/tracking/meanings.py`), and a test posts each of them
(`tests/digests/tracking/test_meanings.py`). A hard bounce or a complaint ends an address, soft ones when they last;
[operations.md](operations.md#bounces-and-complaints) has the policy.

Give the service the address for its events (`SITE_URL/webhooks/NAME/`), or bounces and complaints are never learned
of. Keep newsletters and single mails apart with `MAIL_TRANSACTIONAL_URL` where it has streams. `?calls=20` in
`MAIL_URL` says how many calls a second it allows you, where that is more than it documents.

## Side by side

| service | readers a call | calls a second | bad address | given up | answer lost | watching | events |
|---|---:|---:|---|---|---|---|---|
{rows}

- *Bad address*: named, or found by halving the call, which costs twenty calls more for one among a thousand. Only that
  reader fails, with the service's words.
- *Given up*: whether it says at once that a mailbox has bounced or a reader complained before, which is kept here as a
  bounce; or tells it by its events only.
- *Answer lost*: the service is asked what it has accepted, and whom it does not know once its log is complete is sent
  to again; or the call is made again with the same key, which the service takes once, also when the worker was killed;
  or the readers are in doubt, fifty at most, until an event tells of them or staff decide. “At once only”: its key is
  forgotten before the loss of a worker is noticed, so the readers of that call are in doubt. Meanwhile the digest is
  still being sent.
- *Watching* of opens and clicks: declined with each mail unless a reader has agreed, or switched off in its settings.
"""
DECLINED, IN_SETTINGS = "declined by mail", "in its settings"


def written() -> str:
    services = list(all_services().values())
    rows = "\n".join(map(_row, services))
    return "\n".join([HEAD.format(count=len(services), rows=rows), *map(_section, services)])


def _row(service: Service) -> str:
    limits = service.limits
    cells = [
        f"[{service.title}](#{service.title.lower().replace(' ', '-')})",
        f"{limits.readers:,}",
        f"{limits.calls_a_second:.3g}" if limits.calls_a_second else "–",
        _bad_address(service),
        "told at once" if _verdicts(service, Verdict.SUPPRESSED) else "by events",
        _lost(service),
        DECLINED if service.unwatched is not None else IN_SETTINGS,
        "yes" if service.webhooks else "none",
    ]
    return f"| {' | '.join(cells)} |"


def _lost(service: Service) -> str:
    if service.asking is not None:
        return "asked"
    if service.repeats_by_key:
        return "called again"
    return "called again, at once only" if service.key else "in doubt"


def _bad_address(service: Service) -> str:
    if not service.is_for_many:
        return "alone anyway"
    return "named" if service.names_each else "by halving"


def _verdicts(service: Service, verdict: Verdict) -> bool:
    return any(meaning.verdict is verdict for meaning in service.answers.meanings)


def _section(service: Service) -> str:
    parts = [*_facts(service), "", *_meanings(service), *_events(service.name), ""]
    return "\n".join([f"## {service.title}\n", *parts])


def _facts(service: Service) -> Iterator[str]:
    yield f"- `MAIL_URL={service.example}`"
    yield f"- {_how_called(service)} {service.limits.note}".rstrip()
    if service.streams is not None:
        yield f"- Newsletters need `{service.streams.option}={service.streams.bulk}`. {service.streams.what}"
    yield from (f"- {line}" for line in _headers(service.headers))
    if service.webhooks is None:
        yield "- It posts no events."
    else:
        yield f"- Events: `{service.webhooks.variable}` holds {service.webhooks.what}."
    if service.asking is not None:
        minutes = service.asking.lag_seconds // 60
        each = ", reader by reader" if service.asking.is_each else ""
        yield f"- Asked about lost answers{each}; its log counts as complete after {minutes} minutes."
        yield f"- To be asked it takes {service.asking.right}."
    if service.key:
        yield f"- It knows a call by its key ({service.key.place.value}) for {_long(service.key.seconds)} at least."
    yield from (f"- {line}" for line in service.cannot)
    yield f"- Tried {service.tried}."


def _long(seconds: int) -> str:
    minutes = seconds // 60
    if minutes == 1:
        return "a minute"
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def _how_called(service: Service) -> str:
    limits, body = service.limits, service.call.body
    if body is Body.ALONE:
        return "One reader a call."
    weight = f", {limits.megabytes:g} MB" if limits.megabytes else ""
    how = "its own merge fields" if body is Body.FIELDS else "each reader's whole mail"
    return f"Up to {limits.readers:,} readers{weight} a call, with {how}."


def _headers(headers: Headers) -> Iterator[str]:
    if headers.note:
        yield headers.note
    if headers.keeps_message_id:
        yield "It keeps our Message-ID, so a mail that came twice is one to many mail programs."


def _meanings(service: Service) -> Iterator[str]:
    yield "| what it says | what it means here |"
    yield "|---|---|"
    for meaning in service.answers.meanings:
        named = f"`{meaning.code}`: " if meaning.code else ""
        named = named or (f"HTTP {meaning.status}: " if meaning.status else "")
        yield f"| {named}{meaning.what} | {meaning.verdict.value} |"


def _events(name: str) -> Iterator[str]:
    if name not in MEANINGS:
        return
    yield ""
    yield "| its event | what it means here |"
    yield "|---|---|"
    told: dict[str, list[str]] = {}
    for event, meaning in MEANINGS[name].items():
        told.setdefault(meaning.what, []).append(f"`{event}`")
    for what, events in told.items():
        yield f"| {', '.join(events)} | {what} |"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
