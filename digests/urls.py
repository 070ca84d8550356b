"""The pages of digests."""

from datetime import date

from django.urls import path, register_converter

from digests.views import archive, stop
from digests.views.webhooks import webhook


class DayConverter:
    """2026-11-23; anything that is no day of the calendar is no address of ours."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        return str(value)


register_converter(DayConverter, "day")

urlpatterns = [
    path("archive/<slug:slug>/", archive.index, name="archive"),
    path("archive/<slug:slug>/feed/", archive.feed, name="archive_feed"),
    path("archive/<slug:slug>/<day:day>/", archive.archived, name="archived"),
    path("archive/<slug:slug>/<day:day>/<slug:slot>/", archive.archived, name="archived_slot"),
    path("sitemap.xml", archive.sitemap, name="sitemap"),
    path("robots.txt", archive.robots, name="robots"),
    path("stop/<str:token>/", stop.stop, name="stop"),
    path("webhooks/<slug:name>/", webhook, name="webhook"),
]
