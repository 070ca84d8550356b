"""What registers itself when its module is imported is known to a process that has started, and to no test's import.

Each is read from the source, where it is declared, and asked of Django and Celery in a process of its own, started as
web servers, workers and beat are.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

ROOT = Path(__file__).parents[1]
APPS = ("newsroom", "subscriptions", "digests")
PLAIN = "changes what it decorates, and registers nothing"

# By the decorator, as it stands in the source.
KINDS = {
    "register": "checks",  # of django.core.checks; `register` of a template library is an attribute
    "receiver": "signals",
    "shared_task": "tasks",
    "writer": "letters",
    "maker": "letters",
    "section": "sections of a reader's own data",
    "admin.register": "admin pages",
    "signals.celeryd_init.connect": "celery signals",
    "signals.beat_init.connect": "celery signals",
    "signals.celeryd_after_setup.connect": "celery signals",
    "signals.setup_logging.connect": "celery signals",
    "signals.worker_shutting_down.connect": "celery signals",
    "signals.worker_shutdown.connect": "celery signals",
    # Templates find their library by its name: tests/test_architecture.py compiles every one of them.
    "register.filter": PLAIN,
    "register.simple_tag": PLAIN,
    "register.inclusion_tag": PLAIN,
} | dict.fromkeys(
    (
        "action", "admin.action", "admin.display", "cache", "cached_property", "classmethod", "condition",
        "contextlib.contextmanager", "contextmanager", "csp_update", "csrf_exempt", "dataclass", "for_sites",
        "in_demo_only", "lru_cache", "manage_page", "never_cache", "override", "property", "require_GET",
        "require_POST", "require_http_methods", "require_safe", "staticmethod", "token_page", "wraps",
        "xframe_options_exempt", "xframe_options_sameorigin",
    ),
    PLAIN,
)  # fmt: skip

ASK = """
import gc, json, sys
import django
django.setup()
from celery.utils.dispatch.signal import Signal as CelerySignal
from django.contrib import admin
from django.core.checks.registry import registry
from django.dispatch import Signal
from newsroom.celery import app
from subscriptions.latest import _finders
from subscriptions.mailing import letters
from subscriptions.readers import my_data
app.loader.import_default_modules()

def name(thing):
    thing = getattr(thing, "__wrapped__", thing) if not isinstance(thing, type) else thing
    return f"{thing.__module__}.{thing.__qualname__}"

def receivers(kind):
    for signal in gc.get_objects():
        if isinstance(signal, kind):
            for receiver in signal.receivers or ():
                found = receiver[1]
                found = found() if hasattr(found, "__callback__") else found
                if hasattr(found, "__qualname__"):
                    yield name(found)

ours = ("newsroom.", "subscriptions.", "digests.")
told = {
    "checks": [name(check) for check in registry.get_checks(include_deployment_checks=True)],
    "signals": list(receivers(Signal)),
    "tasks": [name(task.run) for task in app.tasks.values()],
    "letters": [name(it) for it in letters.WRITERS.values()] + [name(it) for it, _ in letters.MAKERS.values()],
    "sections of a reader's own data": [name(it) for it in my_data.SECTIONS.values()],
    # The app above may stand a page of its own in for one of the app below, which it is made of.
    "admin pages": [name(it) for page in admin.site._registry.values() for it in type(page).__mro__],
    "celery signals": list(receivers(CelerySignal)),
}
told = {kind: sorted({it for it in names if it.startswith(ours)}) for kind, names in told.items()}
told["beat"] = sorted(entry["task"] for entry in app.conf.beat_schedule.values())
told["task names"] = sorted(app.tasks)
told["latest"] = [name(finder) for finder in _finders]
json.dump(told, sys.stdout)
"""


@cache
def known() -> dict[str, list[str]]:
    asked = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told: dict[str, list[str]] = json.loads(asked.stdout)
    return told


@cache
def declared() -> list[tuple[str, str]]:
    """Decorator, and the full name of what stands below it."""
    return list(_declared())


def _declared() -> Iterator[tuple[str, str]]:
    for folder in APPS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    for decorator in node.decorator_list:
                        called = decorator.func if isinstance(decorator, ast.Call) else decorator
                        yield ast.unparse(called), f"{module.removesuffix('.__init__')}.{node.name}"


REGISTERING = sorted(set(KINDS.values()) - {PLAIN})


@pytest.mark.parametrize("kind", REGISTERING)
def test_whatever_declares_itself_is_known_once_a_process_has_started(kind: str) -> None:
    wanted = {name for decorator, name in declared() if KINDS.get(decorator) == kind}
    assert wanted, "nothing of this kind is declared any more: take it off the table"
    assert wanted - set(known()[kind]) == set()


def test_every_decorator_is_on_the_table() -> None:
    """A new one either registers something, and is asked for above, or registers nothing."""
    setters = {"setter", "deleter"}
    strange = {
        f"{decorator}, above {name}"
        for decorator, name in declared()
        if decorator not in KINDS and decorator.rpartition(".")[2] not in setters
    }
    assert strange == set()


def test_beat_rings_for_tasks_that_there_are() -> None:
    assert known()["beat"]
    assert set(known()["beat"]) <= set(known()["task names"])


def test_the_slot_for_the_latest_digest_is_filled() -> None:
    assert known()["latest"] == ["digests.latest.latest_digests"]
