"""The pages of digests."""

from datetime import date

from django.urls import path, register_converter

from digests import archive_views, stop_views
from digests.tracking.webhooks import webhook


class DayConverter:
    """2026-11-23; anything that is no day of the calendar is no address of ours."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        return str(value)


register_converter(DayConverter, "day")

urlpatterns = [
    path("archive/<slug:slug>/", archive_views.index, name="archive"),
    path("archive/<slug:slug>/feed/", archive_views.feed, name="archive_feed"),
    path("archive/<slug:slug>/<day:day>/", archive_views.archived, name="archived"),
    path(
        "archive/<slug:slug>/<day:day>/<slug:slot>/", archive_views.archived, name="archived_slot"
    ),
    path("sitemap.xml", archive_views.sitemap, name="sitemap"),
    path("robots.txt", archive_views.robots, name="robots"),
    path("stop/<str:token>/", stop_views.stop, name="stop"),
    path("webhooks/<slug:name>/", webhook, name="webhook"),
]
