"""A digest of twelve readers through what others made to stand in for services: moto, aws-ses-v2-local, resend-local.

EMULATORS names a folder with their programs (.ci/install_emulators makes one); without it these tests are passed over.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import LazySettings

from digests import ledger, tasks
from digests.choices import Outcome
from digests.delivery import auditing, finishing
from digests.models import Batch, Digest
from subscriptions import links
from subscriptions.clock import database_now
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.models import Publisher, Subscriber
from tests.builders import Press

FOLDER = Path(os.environ.get("EMULATORS", ""))
READY_SECONDS = 60
READERS = 12
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not os.environ.get("EMULATORS"), reason="EMULATORS names no folder"),
]


@contextmanager
def running(command: Callable[[int], list[str]]) -> Iterator[str]:
    """Its address, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=FOLDER
    )
    address = f"http://127.0.0.1:{port}"
    end = time.monotonic() + READY_SECONDS
    try:
        while True:
            assert process.poll() is None, "it has ended by itself"
            assert time.monotonic() < end, "it does not answer"
            try:
                requests.get(address, timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def program(name: str) -> Path:
    found = FOLDER / name
    if not found.exists():
        pytest.skip(f"{found} is not installed")
    return found


@pytest.fixture
def digest(press: Press) -> Digest:
    Publisher.objects.update(sender_address="news@example.org")
    newsletter = press.newsletter(sender_address="news@example.org")
    press.readers(newsletter, READERS)
    return press.frozen(newsletter)


def sent(digest: Digest, url: str, settings: LazySettings) -> list[Subscriber]:
    settings.MAIL_ROUTES = {
        "digests": parse_mail_url(url),
        "letters": parse_mail_url("memory://"),
    }
    for _round in range(4):
        tasks.drain_now(20)
        if not Batch.objects.filter(finished_at=None).exists():
            break
        Batch.objects.filter(finished_at=None).update(due_at=database_now())
    finishing.mark_sent()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert auditing.audit(digest.pk).is_clean
    return list(Subscriber.objects.order_by("pk"))


def link_of(reader: Subscriber, digest: Digest) -> str:
    return links.leave_url(reader.public_id, digest.newsletter.public_id)


def test_moto_takes_every_reader(digest: Digest, settings: LazySettings) -> None:
    server = program("venv/bin/moto_server")
    with running(lambda port: [str(server), "-p", str(port)]) as address:
        identity = {"EmailIdentity": "news@example.org"}
        amazon = {
            "Authorization": "AWS4-HMAC-SHA256 Credential=KEY/20261130/eu-west-1/ses/aws4_request"
        }
        made = requests.post(
            f"{address}/v2/email/identities", json=identity, headers=amazon, timeout=10
        )
        assert made.status_code == 200
        readers = sent(digest, f"ses://KEY:SECRET@eu-west-1?api_url={address}", settings)
        taken = requests.get(f"{address}/moto-api/data.json", timeout=10).json()["ses"]
        mails = json.dumps(taken["Message"])
        sent_to = [reader for reader in readers if reader.address in mails]
    assert len(sent_to) == READERS


def test_moto_refuses_a_sender_whom_it_does_not_know(
    digest: Digest, settings: LazySettings
) -> None:
    server = program("venv/bin/moto_server")
    with running(lambda port: [str(server), "-p", str(port)]) as address:
        settings.MAIL_ROUTES = {
            "digests": parse_mail_url(f"ses://KEY:SECRET@eu-west-1?api_url={address}"),
            "letters": parse_mail_url("memory://"),
        }
        tasks.drain_now(20)
    assert ledger.counts(digest.pk) == {Outcome.PENDING: READERS}


def test_ses_v2_local_gives_every_reader_their_own_mail(
    digest: Digest, settings: LazySettings
) -> None:
    emulator = program("node_modules/.bin/aws-ses-v2-local")
    with running(lambda port: [str(emulator), "--port", str(port)]) as address:
        readers = sent(digest, f"ses://KEY:SECRET@eu-west-1?api_url={address}", settings)
        mails = requests.get(f"{address}/store", timeout=10).json()["emails"]
    by_address: dict[str, Any] = {mail["destination"]["to"][0]: mail for mail in mails}
    assert len(mails) == len(by_address) == READERS
    for reader in readers:
        body = json.dumps(by_address[reader.address])
        assert link_of(reader, digest) in body
        others = [other.address for other in readers if other != reader]
        assert not any(f'"{address}"' in body for address in others)


def test_resend_local_takes_every_reader(digest: Digest, settings: LazySettings) -> None:
    emulator = program("node_modules/.bin/resend-local")
    with running(lambda port: [str(emulator), "-p", str(port)]) as address:
        readers = sent(digest, f"resend://re_KEY@?api_url={address}/&calls=1000", settings)
        page = requests.get(address, timeout=30).text
    assert any(reader.address in page for reader in readers)
