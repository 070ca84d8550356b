"""The table of docs/installation.md, from the needs: `python -m newsroom.surroundings.docs` writes it."""

import os
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "installation.md"
BEGIN, END = "<!-- needs: begin -->", "<!-- needs: end -->"
HEAD = """| | what it must be like | if not |
|---|---|---|
"""


def table() -> str:
    from newsroom.surroundings import looking

    rows, told = [], ""
    for need in looking.ALL:
        server = "" if need.server == told else f"**{need.server}**"
        told = need.server
        rows.append(f"| {server} | {need.must} | {'nothing starts' if need.stops else 'told'} |")
    return f"{HEAD}{chr(10).join(rows)}\n"


def written(page: str) -> str:
    """The page with the table of now."""
    inside = re.compile(f"(?<={re.escape(BEGIN)}\n).*?(?={re.escape(END)})", re.DOTALL)
    return inside.sub(lambda _match: table(), page)


if __name__ == "__main__":
    os.environ.setdefault("NEWSROOM_MODE", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    import django

    django.setup()
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
