"""Making sure that this process has its PostgreSQL and Redis: the local ones where no URL names others."""

from django.conf import settings

from newsroom import local_servers


def join_servers() -> None:
    """Join the local servers, unless DATABASE_URL and REDIS_URL are both set. Raises local_servers.LocalServerError."""
    if not settings.NEEDS_LOCAL_SERVERS:
        return
    servers = local_servers.ensure_running(settings.LOCAL_SERVERS_DIR)
    local_servers.ensure_database(servers, settings.DATABASES["default"]["NAME"])
