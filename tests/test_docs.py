"""What documents name is there: paths, and what stands in them."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parents[1]
DOCS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = (
    "digests",
    "subscriptions",
    "newsroom",
    "tools",
    "templates",
    "static",
    "tests",
    "docs",
    "locale",
)
ENDINGS = r"py|sql|js|css|html|mjml|txt|md|toml|po"
PATH = re.compile(rf"`([\w./*-]+\.(?:{ENDINGS})|(?:{'|'.join(FOLDERS)})/[\w/-]*/)`")
# Of other programs, or not there yet.
FOREIGN = {"v2.js", "robots.txt"}
EXTENDING = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
# How many files each thing touches. More than before is a seam that has come open: look whether one list will do.
TOUCHED = {
    "mail service": 7,
    "design": 6,
    "block style": 4,
    "language": 4,
    "preflight check": 5,
    "kind of source": 3,
}
STEP = re.compile(r"^\d+\. `([^`]+)`:?(.*(?:\n   .*)*)", re.MULTILINE)
NEW = re.compile(r"NAME|STYLE|DESIGN")
LONGEST_PAGE = 45  # lines


@pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_is_named_exists(document: Path) -> None:
    named = set(PATH.findall(document.read_text(encoding="utf-8"))) - FOREIGN
    gone = {path for path in named if not NEW.search(path) and not any(ROOT.glob(path))}
    # Templates extend others by their name below templates/email.
    assert {path for path in gone if not (ROOT / "templates" / "email" / path).exists()} == set()


@pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_named_exists(document: Path) -> None:
    if document.name == "CHANGELOG.md":
        return  # it tells of commands that have gone, too
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert (
        named - set(get_commands()) - {"setup"} == set()
    )  # manage.py knows that one before there are settings


def sections() -> dict[str, str]:
    parts = re.split(r"^## A new (.+)$", EXTENDING, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("thing", TOUCHED)
def test_a_new_thing_touches_few_files_which_hold_what_is_said(thing: str) -> None:
    section = sections()[thing]
    steps = STEP.findall(section)
    assert len(steps) == TOUCHED[thing]
    assert len(section.strip().splitlines()) < LONGEST_PAGE
    for path, said in steps:
        if NEW.search(path):
            kinds = NEW.sub("*", path)
            assert any(ROOT.glob(kinds)), f"No {kinds}: is it still the place?"
            continue
        first = re.match(r" `(\w+)`", said)
        assert (ROOT / path).exists(), path
        if first is not None:
            assert re.search(rf"\b{first[1]}\b", (ROOT / path).read_text(encoding="utf-8")), said


def test_every_thing_that_is_shown_is_counted() -> None:
    assert set(sections()) == set(TOUCHED)


def test_every_package_of_digests_stands_in_the_list_of_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    places = text.split("## Where things are")[1].split("```")[1]
    names = {path.name for path in (ROOT / "digests").iterdir() if (path / "__init__.py").exists()}
    names |= {
        path.name for path in (ROOT / "subscriptions").iterdir() if (path / "__init__.py").exists()
    }
    names -= {"migrations", "templatetags"}
    assert {name for name in names if f"  {name}/" not in places} == set()
