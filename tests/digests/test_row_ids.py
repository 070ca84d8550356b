import ast
from pathlib import Path

import pytest

from digests.admin.row_ids import row_id

ADMIN = Path(__file__).parents[2] / "digests" / "admin"


@pytest.mark.parametrize(
    ("text", "found"),
    [("0", 0), ("17", 17), ("9" * 18, 10**18 - 1), ("007", 7)]
    + [(bad, None) for bad in ("", "-1", "+1", "1.0", " 1", "1_0", "٣", "²", "1\0", "9" * 19, "a")],
)
def test_an_id_is_a_number_that_fits(text: str, found: int | None) -> None:
    assert row_id(text) == found


def test_no_page_reads_ids_by_itself() -> None:
    own = {
        path.name
        for path in ADMIN.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"isdecimal", "isdigit", "isnumeric"}
    }
    assert own == {"row_ids.py"}
