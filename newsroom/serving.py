"""Making sure that this process has its PostgreSQL and Redis: the embedded ones where no URL names others."""

from django.conf import settings

from newsroom import embedded


def join_servers() -> None:
    """Raises embedded.EmbeddedError. Does nothing when DATABASE_URL and REDIS_URL are both set."""
    if not settings.NEEDS_EMBEDDED:
        return
    servers = embedded.ensure_running(settings.EMBEDDED_DIR)
    embedded.ensure_database(servers, settings.DATABASES["default"]["NAME"])
