"""An empty database for the demo and the pictures, whatever an older checkout has left in it."""

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tools.demo.telling import DemoFailed


def start_afresh() -> None:
    """Drop every table and make them anew. Raises DemoFailed for a database that is not the local one."""
    if not settings.NEEDS_LOCAL_SERVERS:
        raise DemoFailed("This empties its database, so it uses the local one: unset DATABASE_URL.")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    call_command("migrate", verbosity=0)
