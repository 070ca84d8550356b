"""Run by peers.py with another environment's Python: enqueues and sends with django-post_office, tells what it used.

Its tables go into a schema of their own in the benchmark's database, which is dropped with it.
"""

import json
import resource
import sys
import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import django
from django.conf import settings

SCHEMA = "peers"


def main() -> None:
    given = json.load(sys.stdin)
    host, _colon, port = given["smtp"].rpartition(":")
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": database(given["database"])},
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST=host,
        EMAIL_PORT=int(port),
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
            "THREADS_PER_PROCESS": 1,
            "BATCH_SIZE": len(given["readers"]),
            "LOG_LEVEL": 0,
        },
        LOGGING_CONFIG=None,
    )
    django.setup()
    prepare()
    before, begun = cpu_us(), time.perf_counter()
    send(given)
    used, seconds = cpu_us() - before, time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu_us": used, "peak_rss_mb": peak}))


def prepare() -> None:
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    call_command("migrate", verbosity=0)


def send(given: dict[str, Any]) -> None:
    from post_office import mail  # type: ignore[import-not-found]  # only in its own place
    from post_office.models import STATUS, Email  # type: ignore[import-not-found]  # only in its own place

    def own(text: str, address: str) -> str:
        return text.replace(given["stand_in"], address)

    for address in given["readers"]:
        mail.send(
            recipients=[address],
            sender=given["sender"],
            subject=given["subject"],
            message=own(given["text"], address),
            html_message=own(given["html"], address),
            headers={k: v for k, v in given["headers"].items() if k != "Message-ID"},
        )
    mail.send_queued(processes=1, log_level=0)
    sent = Email.objects.filter(status=STATUS.sent).count()
    Email.objects.all().delete()
    if sent != len(given["readers"]):
        sys.exit(f"{sent} of {len(given['readers'])} were sent.")


def database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": {"options": f"-c search_path={SCHEMA}"},
    }


def cpu_us() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime + children.ru_utime + children.ru_stime) * 1e6


if __name__ == "__main__":
    main()
