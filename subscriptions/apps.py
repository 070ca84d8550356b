"""The app: registers its checks and the letters it knows how to write."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from subscriptions import letter_kinds  # noqa: F401 - registers on import
        from subscriptions.readers import preference_letters  # noqa: F401 - registers on import
