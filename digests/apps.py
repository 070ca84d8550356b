"""The app."""

from django.apps import AppConfig


class DigestsConfig(AppConfig):
    name = "digests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from digests import checks, forgetting, letter_kinds  # noqa: F401 - registers on import
        from digests.latest import latest_digests
        from digests.notices import unwritten  # noqa: F401 - as above
        from subscriptions.latest import find_with

        find_with(latest_digests)
