"""Getting in: TLS with the right name, and logging in by each way that servers offer."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from digests.choices import Outcome
from digests.delivery.transports import smtp_session
from digests.delivery.transports.base import Result
from digests.delivery.transports.smtp import SmtpTransport
from newsroom.env import Environment
from subscriptions.mailing.mail import parse_mail_url
from tests.digests.delivery.letters import a_message, readers
from tests.digests.delivery.transports.test_smtp import QUICK
from tests.smtp_sink import CHUNKING, PIPELINING, Sink

pytestmark = pytest.mark.service

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(
    OPENSSL is None, reason="openssl makes the certificates; it is not installed"
)


def certificate(folder: Path, name: str) -> Path:
    """A self-signed one for `name`, with its key."""
    assert OPENSSL is not None
    path = folder / "server.pem"
    subprocess.run(
        [
            OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={name}",
            "-keyout", folder / "key.pem", "-out", path,
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("right"), "IP:127.0.0.1")


@pytest.fixture(scope="module")
def misnamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("wrong"), "DNS:elsewhere.example.org")


def server_side(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, path.with_name("key.pem"))
    return context


def sent(
    sink: Sink, options: str = "?tls=none", *, user: str = "", ca: Path | None = None
) -> Result:
    route = parse_mail_url(f"smtp://{user}127.0.0.1:{sink.port}{options}")
    context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    transport = SmtpTransport(route, timeouts=QUICK, tls=context)
    result = transport.send(a_message(html="x" * 30_000), readers(20))
    transport.close()
    return result


def is_all_accepted(result: Result) -> bool:
    return {answer.outcome for answer in result.answers} == {Outcome.ACCEPTED}


def is_nothing_sent(result: Result) -> bool:
    return {answer.outcome for answer in result.answers} == {Outcome.PENDING}


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@needs_openssl
@pytest.mark.parametrize("extensions", [PIPELINING, CHUNKING])
def test_mail_goes_over_starttls(sink: Sink, trusted: Path, extensions: tuple[str, ...]) -> None:
    sink.extensions = extensions
    sink.tls = server_side(trusted)
    result = sent(sink, "?tls=starttls", ca=trusted)
    assert is_all_accepted(result), result.trouble
    assert sink.commands.index("STARTTLS") < sink.commands.index("RSET")
    assert len(sink.taken) == 20
    assert sink.violations == []


@needs_openssl
def test_mail_goes_over_tls_from_the_start(trusted: Path) -> None:
    with Sink(tls=server_side(trusted), implicit_tls=True) as sink:
        result = sent(sink, "?tls=implicit", ca=trusted)
        assert is_all_accepted(result), result.trouble
        assert len(sink.taken) == 20


@needs_openssl
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_of_another_name_stops_everything(misnamed: Path, tls: str) -> None:
    with Sink(tls=server_side(misnamed), implicit_tls=tls == "implicit") as sink:
        result = sent(sink, f"?tls={tls}", ca=misnamed)
    assert is_nothing_sent(result)
    assert "The certificate of 127.0.0.1 is not to be trusted" in result.trouble
    assert "127.0.0.1" in result.trouble.split(":", 1)[1]
    assert not any(command.startswith(("MAIL", "AUTH")) for command in sink.commands)


@needs_openssl
def test_a_certificate_that_nobody_signed_stops_everything(sink: Sink, trusted: Path) -> None:
    sink.tls = server_side(trusted)
    result = sent(sink, "?tls=starttls")
    assert is_nothing_sent(result)
    assert "self-signed" in result.trouble


@needs_openssl
def test_a_private_authority_is_named_in_the_environment(
    sink: Sink, trusted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE, as docs/operations.md has it, in .env like everything else."""
    monkeypatch.setenv("SSL_CERT_FILE", "")  # so that it is put back afterwards
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("NEWSROOM_MODE", "production")
    (tmp_path / ".env").write_text(f"SSL_CERT_FILE={trusted}\n")
    Environment(tmp_path)
    smtp_session.shared_tls.cache_clear()
    sink.tls = server_side(trusted)
    transport = SmtpTransport(parse_mail_url(f"smtp://127.0.0.1:{sink.port}?tls=starttls"))
    result = transport.send(a_message(), readers(2))
    transport.close()
    smtp_session.shared_tls.cache_clear()
    assert is_all_accepted(result), result.trouble


def test_without_starttls_nothing_is_sent_in_the_clear(sink: Sink) -> None:
    result = sent(sink, "?tls=starttls", user="ada:secret@")
    assert is_nothing_sent(result)
    assert "does not offer STARTTLS" in result.trouble
    assert not any(command.startswith(("MAIL", "AUTH")) for command in sink.commands)


@needs_openssl
def test_words_slipped_in_before_tls_end_the_connection(sink: Sink, trusted: Path) -> None:
    """As in the STARTTLS command injection attacks."""
    sink.tls = server_side(trusted)
    sink.acts("STARTTLS", b"220 2.0.0 Go on\r\n250-sink\r\n250 AUTH PLAIN\r\n")
    result = sent(sink, "?tls=starttls", ca=trusted)
    assert is_nothing_sent(result)
    assert "before TLS" in result.trouble


@pytest.mark.parametrize("offer", ["PLAIN", "LOGIN", "CRAM-MD5", "GSSAPI LOGIN PLAIN"])
def test_every_known_way_to_log_in_works(sink: Sink, offer: str) -> None:
    sink.users = {"ada": "sécret:1"}
    sink.extensions = (*CHUNKING, f"AUTH {offer}")
    assert is_all_accepted(sent(sink, user="ada:s%C3%A9cret%3A1@"))


def test_in_the_clear_the_password_is_not_shown_if_it_need_not_be(sink: Sink) -> None:
    sink.users = {"ada": "secret"}
    sink.extensions = (*CHUNKING, "AUTH PLAIN LOGIN CRAM-MD5")
    assert is_all_accepted(sent(sink, user="ada:secret@"))
    assert "AUTH CRAM-MD5" in sink.commands


@pytest.mark.parametrize("offer", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_a_wrong_password_is_said_and_not_shown(sink: Sink, offer: str) -> None:
    sink.users = {"ada": "secret"}
    sink.extensions = (*CHUNKING, f"AUTH {offer}")
    result = sent(sink, user="ada:hunter2@")
    assert is_nothing_sent(result)
    assert "refused the login of 'ada': 535 5.7.8" in result.trouble
    assert "hunter2" not in result.trouble


def test_a_server_without_a_way_to_log_in_is_said(sink: Sink) -> None:
    sink.extensions = (*CHUNKING, "AUTH GSSAPI")
    result = sent(sink, user="ada:secret@")
    assert is_nothing_sent(result)
    assert "GSSAPI" in result.trouble


def test_a_challenge_that_is_none_is_said(sink: Sink) -> None:
    sink.extensions = (*CHUNKING, "AUTH CRAM-MD5")
    sink.acts("AUTH CRAM-MD5", "334 %%%")
    result = sent(sink, user="ada:secret@")
    assert is_nothing_sent(result)
    assert "not base64" in result.trouble
