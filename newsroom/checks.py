"""System checks: what the servers around must be like (newsroom/surroundings)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from newsroom.surroundings import looking
from newsroom.surroundings.needs import Finding
from subscriptions.checks import AT_START


@register(AT_START, Tags.database)
def database(*, databases: Sequence[str] | None, **_: Any) -> list[CheckMessage]:
    """Before each migration, too."""
    return _messages(looking.of_database()) if databases else []


@register(deploy=True)
def surroundings(**_: Any) -> list[CheckMessage]:
    """Check all surroundings for `check --deploy`, by connections to each server."""
    return _messages(looking.everywhere())


def _messages(findings: Iterable[Finding]) -> list[CheckMessage]:
    return [
        checks.Error(finding.text, id="newsroom.E001")
        if finding.stops
        else checks.Warning(finding.text, id="newsroom.W001")
        for finding in findings
    ]
