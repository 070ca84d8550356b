"""The project as an app: its commands, its pages, and the Celery app for whoever enqueues."""

from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    name = "newsroom"

    def ready(self) -> None:
        from newsroom import celery, checks, sessions  # noqa: F401 - shared tasks find their broker by the first
