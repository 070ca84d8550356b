"""A process that dies is started again: at once, then ever later; one that cannot live ends them all, with a word."""

import logging
from dataclasses import dataclass, field

from newsroom.processes import Processes

# Who has lived for so long was well: counting begins anew.
WELL_AFTER_SECONDS = 60
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1, 30
# Deaths in a row, each soon after the start. With the pauses between them, about half a minute.
MOST_DEATHS = 5

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Life:
    """The life of one process. Moments are those of a clock that only goes on."""

    begun: float
    deaths: int = 0  # in a row
    next: float | None = None  # when it is started again

    def died(self, now: float) -> float | None:
        """When to start it again; None: it cannot live."""
        self.deaths = self.deaths + 1 if now - self.begun < WELL_AFTER_SECONDS else 1
        if self.deaths >= MOST_DEATHS:
            return None
        pause = FIRST_PAUSE_SECONDS * 2.0 ** (self.deaths - 1)
        self.next = now + min(pause, LONGEST_PAUSE_SECONDS)
        return self.next


@dataclass(slots=True)
class Watch:
    """Over processes that have all just been started."""

    processes: Processes
    lives: dict[str, Life] = field(default_factory=dict)

    def look(self, now: float) -> str:
        """Call it again and again. The name of one that cannot live; else empty."""
        for name in self.processes.names():
            self.lives.setdefault(name, Life(begun=now))
        for name, status in self.processes.dead().items():
            life = self.lives[name]
            if life.next is None:
                again = life.died(now)
                if again is None:
                    return name
                logger.warning(
                    "%s %s; it is started again in %.0f s.", name, _ended(status), again - now
                )
            elif life.next <= now:
                self.processes.start_again(name)
                life.begun, life.next = now, None
        return ""


def _ended(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"has ended with status {status}"
