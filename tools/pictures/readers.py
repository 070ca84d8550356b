"""What readers see, page by page and press by press, from the left and from the right."""

from collections.abc import Collection, Mapping
from pathlib import Path

from playwright.sync_api import Browser

from subscriptions.models import Newsletter
from tools.demo.newsdesk import Desk
from tools.pictures.pages import take_pictures
from tools.pictures.reader_tour import every_page
from tools.pictures.tour import Tour


def take_reader_pictures(
    base: str,
    desk: Desk,
    further: Mapping[str, str],
    out: Path,
    *,
    languages: Collection[str],
    browser: Browser,
) -> list[Path]:
    """English names stand alone; others begin with their language. `further`: paths by name."""
    Newsletter.objects.filter(pk=desk.briefing.pk).update(lighter=desk.good_news)
    pictures = []
    for language in languages:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        tour = Tour(page, base, language, desk.briefing, desk.good_news, desk.box, further)
        for name in every_page(tour):
            pictures += take_pictures(page, name if language == "en" else f"{language}-{name}", out)
        context.close()
    return pictures
