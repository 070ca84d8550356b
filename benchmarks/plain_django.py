"""The plain Django way: a template a reader, EmailMultiAlternatives, one open connection; no ledger, no recovery.

    python -m benchmarks.plain_django --digest 1 --smtp 127.0.0.1:2525 --first 0 --messages 1000

prints what it used as one line of JSON; `measure` runs as many of them as there are workers.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass

START_SECONDS = 60.0
SECONDS_A_MESSAGE = 0.2


@dataclass(frozen=True, slots=True)
class Plain:
    messages: int
    messages_per_second: float
    cpu_us_per_message: float
    peak_rss_mb: float


def measure(digest_id: int, smtp: str, *, messages: int, processes: int = 1) -> Plain:
    """Send to the first `messages` readers, shared out over the processes. Raises subprocess.SubprocessError."""
    share = messages // processes
    command = [sys.executable, "-m", "benchmarks.plain_django", "--digest", str(digest_id)]
    command += ["--smtp", smtp, "--messages", str(share), "--first"]
    children = [
        subprocess.Popen([*command, str(number * share)], stdout=subprocess.PIPE, text=True)
        for number in range(processes)
    ]
    try:
        told = [_told(child, START_SECONDS + share * SECONDS_A_MESSAGE) for child in children]
    finally:
        for child in children:
            if child.poll() is None:
                child.kill()
                child.wait()
    return Plain(
        messages=share * processes,
        messages_per_second=sum(share / one["seconds"] for one in told),
        cpu_us_per_message=sum(one["cpu_us"] for one in told) / (share * processes),
        peak_rss_mb=max(one["peak_rss_mb"] for one in told),
    )


def send(digest_id: int, smtp: str, *, first: int, messages: int) -> dict[str, float]:
    from django.core.mail import EmailMultiAlternatives, get_connection

    from benchmarks.plain_edition import PlainEdition
    from digests.models import Digest
    from subscriptions.models import Subscriber

    digest = Digest.objects.select_related("newsletter", "approved_version").get(pk=digest_id)
    edition = PlainEdition.of(digest)
    host, _colon, port = smtp.rpartition(":")
    backend = "django.core.mail.backends.smtp.EmailBackend"
    connection = get_connection(backend, host=host, port=int(port))
    readers = Subscriber.objects.filter(
        subscriptions__newsletter=digest.newsletter, subscriptions__state="active"
    ).order_by("pk")[first : first + messages]
    connection.open()
    before, begun = _cpu_us(), time.perf_counter()
    for reader in readers.iterator():
        context = edition.context(reader)
        mail = EmailMultiAlternatives(
            subject=edition.subject,
            body=edition.text.render(context),
            from_email=edition.sender,
            to=[reader.address],
            headers=edition.headers
            | {
                "List-Unsubscribe": f"<{context['leave_url']}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            connection=connection,
        )
        mail.attach_alternative(edition.html.render(context), "text/html")
        mail.send()
    seconds, used = time.perf_counter() - begun, _cpu_us() - before
    connection.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_us": used, "peak_rss_mb": peak}


def _told(child: "subprocess.Popen[str]", limit: float) -> dict[str, float]:
    output, _nothing = child.communicate(timeout=limit)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, "benchmarks.plain_django")
    told: dict[str, float] = json.loads(output)
    return told


def _cpu_us() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1e6


def main() -> int:
    import django

    parser = argparse.ArgumentParser(prog="benchmarks.plain_django")
    parser.add_argument("--digest", type=int, required=True)
    parser.add_argument("--smtp", required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--messages", type=int, required=True)
    given = parser.parse_args()
    django.setup()  # the settings are the caller's, through the environment
    told = send(given.digest, given.smtp, first=given.first, messages=given.messages)
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
