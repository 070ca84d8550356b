"""How the house itself runs, in sentences for the desk: drawn by the web server, so it also tells of dead workers."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.delivery import unasked
from subscriptions import condition, heartbeats
from subscriptions.condition import Trouble
from subscriptions.local_times import here

SECONDS_SHOWN = 120  # what is longer ago is told by the clock


@dataclass(frozen=True, slots=True)
class House:
    troubles: list[Trouble]
    last: list[str]  # when something was last looked for


def house(*, now: datetime) -> House:
    found = condition.look(now=now)
    looked_for = (
        (heartbeats.TICK, _("Last check for due digests: %(when)s.")),
        (heartbeats.LETTERS, _("Service emails: %(when)s.")),
        (heartbeats.DELIVERIES, _("Deliveries: %(when)s.")),
    )
    last = [
        text % {"when": _ago(found.beats[row].at, now) if row in found.beats else _("never yet")}
        for row, text in looked_for
    ]
    return House([*found.troubles, *unasked.troubles()], last)


def _ago(at: datetime, now: datetime) -> str:
    seconds = max(0, round((now - at).total_seconds()))
    if seconds > SECONDS_SHOWN:
        return here(at)
    return ngettext("%(number)s second ago", "%(number)s seconds ago", seconds) % {
        "number": seconds
    }
