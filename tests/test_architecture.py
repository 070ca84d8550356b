"""What no reader of a single module sees: directions of imports, sizes, and that nothing was forgotten."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tokenize import COMMENT, STRING, tokenize

import pytest
from django.apps import apps
from django.core.management import call_command
from django.template.loader import get_template

ROOT = Path(__file__).parents[1]
APPS = ("newsroom", "subscriptions", "digests", "tools")
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 50
TEMPLATES = ROOT / "templates"
# Who may ask the database what time it is; an engine is told. Sending goes on for hours, so it asks again and again.
EDGES = {"admin", "views", "templatetags", "tasks.py", "ticking.py", "watching.py", "clock.py"}
LOOPS = {
    "digests/delivery/draining.py",
    "digests/delivery/pace/pacing.py",
    "digests/delivery/pace/ways.py",
}


def modules() -> list[Path]:
    return [
        path
        for folder in APPS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def test_imports_go_one_way() -> None:
    """The contracts stand in pyproject.toml."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db
def test_every_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_the_project_passes_its_own_checks() -> None:
    call_command("check", fail_level="WARNING")


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    lengths = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n")
        for path in modules()
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_function_is_too_long_to_be_read_at_once() -> None:
    functions = [
        (f"{path.relative_to(ROOT)}: {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [name for name, lines in functions if lines > MOST_LINES_OF_A_FUNCTION] == []


def test_only_edges_and_what_sends_for_hours_ask_the_clock() -> None:
    asking = {
        str(path.relative_to(ROOT))
        for path in modules()
        if "database_now()" in "".join(code_of(path))
        and not EDGES & set(path.relative_to(ROOT).parts)
        and path.parts[len(ROOT.parts)] not in {"newsroom", "tools"}
    }
    assert asking == LOOPS


def code_of(path: Path) -> Iterator[str]:
    """What stands in it beside comments and strings."""
    with path.open("rb") as file:
        for token in tokenize(file.readline):
            if token.type not in {COMMENT, STRING}:
                yield token.string


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "helpers", "services", "common", "misc", "manager"}
    assert [path for path in modules() if path.stem in vague] == []


@pytest.mark.parametrize(
    "name",
    sorted(
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*")
        if path.suffix in {".html", ".txt"} and "email" not in path.parts
    ),
)
def test_every_page_template_compiles(name: str) -> None:
    """Those of mails have an engine of their own; tests/*/rendering fill every one of them."""
    get_template(name)


def test_every_letter_and_digest_comes_as_html_and_as_text() -> None:
    for folder in ("letters", "digests"):
        texts = {path.stem for path in (TEMPLATES / "email" / folder).glob("*.txt")}
        mjmls = {path.stem for path in (TEMPLATES / "email" / folder).glob("*.mjml")}
        assert texts == mjmls != set()


def test_every_model_tells_people_what_it_is() -> None:
    ours = [
        model
        for name in ("subscriptions", "digests")
        for model in apps.get_app_config(name).get_models()
    ]
    assert ours
    assert [model for model in ours if "__str__" not in model.__dict__] == []
