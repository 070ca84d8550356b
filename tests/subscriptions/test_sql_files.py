"""Functions, triggers and views are what their files say."""

import re
from typing import Any

import pytest
from django.db import connection

from subscriptions import sql_files

FILES = [(app, name) for app in ("subscriptions", "digests") for name in sql_files.names_of(app)]
OURS = """
SELECT 'function', p.proname, p.prosrc, p.proconfig::text, pg_get_function_arguments(p.oid), p.provolatile::text
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'newsroom%'
 UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid), '', '', '' FROM pg_trigger WHERE NOT tgisinternal
 UNION ALL SELECT 'view', viewname, definition, '', '', '' FROM pg_views WHERE schemaname = 'public'
 UNION ALL SELECT 'column', a.attname, a.attstorage::text, a.attstattarget::text, '', ''
  FROM pg_attribute a WHERE a.attrelid = 'digests_batch'::regclass AND a.attnum > 0
"""


def installed() -> set[Any]:
    with connection.cursor() as cursor:
        cursor.execute(OURS)
        return set(cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize(("app", "name"), FILES)
def test_the_database_has_what_the_file_says(app: str, name: str) -> None:
    before = installed()
    with connection.cursor() as cursor:
        cursor.execute(sql_files.text_of(app, name))
    assert installed() == before


@pytest.mark.django_db
def test_all_that_the_database_has_is_in_a_file() -> None:
    texts = "".join(sql_files.text_of(app, name) for app, name in FILES)
    for kind, name, *_rest in installed():
        if kind != "column":
            assert re.search(rf"\b{kind}\s+{name}\b", texts, re.IGNORECASE), f"{kind} {name}"


@pytest.mark.parametrize(("app", "name"), FILES)
def test_each_file_says_what_it_does_who_calls_it_and_what_it_costs(app: str, name: str) -> None:
    head = re.match(r"(--.*\n)+", sql_files.text_of(app, name))
    assert head
    assert re.search(r"^-- Called ", head[0], re.MULTILINE)
    assert re.search(r"^-- Costs ", head[0], re.MULTILINE)


def test_a_state_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(LookupError):
        sql_files._literal("digests", "DigestMood", "GLAD")
    with pytest.raises(LookupError):
        sql_files._literal("digests", "DigestState", "GLAD")


@pytest.mark.parametrize(("app", "name"), FILES)
def test_no_file_writes_a_state_out(app: str, name: str) -> None:
    text = (sql_files.ROOT / app / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    assert not re.search(r"\b(state|action)\s*(=|IN)\s*\(?\s*'", text)
