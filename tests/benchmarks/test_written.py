"""Figures that a benchmark writes into the page of them."""

from datetime import date

import pytest

from benchmarks.by_service import AIMS
from benchmarks.written import PAGE, NoPlace, dated, put
from subscriptions.mailing.services import all_services


def test_figures_replace_those_of_the_last_run_and_nothing_else() -> None:
    page = (
        "# Page\n\n<!-- benchmarks: services -->\nNot yet.\n<!-- end of services -->\n\n## More\n"
    )
    once = put(page, "services", "| first |")
    twice = put(once, "services", dated("A machine.", 3, "| second |", on=date(2026, 11, 3)))
    assert twice == (
        "# Page\n\n<!-- benchmarks: services -->\n3 November 2026; medians of 3 runs, with the range. A machine.\n\n"
        "| second |\n<!-- end of services -->\n\n## More\n"
    )


def test_the_page_has_a_place_for_the_services() -> None:
    assert "| new |" in put(PAGE.read_text(encoding="utf-8"), "services", "| new |")
    with pytest.raises(NoPlace):
        put("# Page", "services", "")


def test_every_service_has_its_aim() -> None:
    assert set(AIMS) == set(all_services())
