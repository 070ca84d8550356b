"""REDIS_URL: what redis-py and Celery are told is the same server, in full, or it is refused."""

import shutil
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from celery import Celery
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from kombu.exceptions import OperationalError
from limits.storage import RedisStorage
from redis import Redis, RedisError

from newsroom import redis_url
from newsroom.redis_url import RedisPlace
from tests.own_redis import OwnRedis

PASSWORD = "p:/@#ss é"
LOGIN = f"ada:{quote(PASSWORD, safe='')}"


def told(place: RedisPlace) -> list[dict[str, Any]]:
    """What redis-py, the limits and Celery would connect to."""
    storage: Any = RedisStorage(f"redis+{place.url}" if place.url.startswith("unix") else place.url)
    app = Celery(broker=place.broker_url, set_as_current=False)
    app.conf.broker_use_ssl = place.broker_tls
    with app.connection_for_write() as connection:
        transport: Any = connection.transport
        channel = transport.Channel.__new__(transport.Channel)
        channel.connection = transport
        channel.max_connections = 10
        celery = channel._connparams()
    return [
        Redis.from_url(place.url).connection_pool.connection_kwargs,
        storage.storage.connection_pool.connection_kwargs,
        celery,
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h", {"host": "h", "port": 6379, "db": 0}),
        ("REDIS://h:7000/4", {"host": "h", "port": 7000, "db": 4}),
        (f"redis://{LOGIN}@h/07", {"db": 7, "username": "ada", "password": PASSWORD}),
        ("redis://:secret@[2001:db8::1]:7000/1", {"host": "2001:db8::1", "password": "secret"}),
        ("unix:///run/r.sock", {"path": "/run/r.sock", "db": 0}),
        ("unix:///run/a%20b/r.sock?db=7", {"path": "/run/a b/r.sock", "db": 7}),
        (f"unix://{LOGIN}@/r.sock?db=7", {"username": "ada", "password": PASSWORD, "db": 7}),
        ("rediss://h:7000/4", {"host": "h", "db": 4, "ssl_check_hostname": True}),
    ],
)
def test_each_library_is_told_the_same(url: str, expected: dict[str, Any]) -> None:
    for kwargs in told(redis_url.parse(url)):
        assert expected.items() <= kwargs.items()


@pytest.mark.parametrize(
    ("query", "verified"),
    [
        ("", True),
        ("?ssl_cert_reqs=required", True),
        ("?ssl_cert_reqs=CERT_REQUIRED", True),
        ("?ssl_cert_reqs=none", False),
        ("?ssl_cert_reqs=CERT_NONE", False),
    ],
)
def test_certificates_are_verified_by_every_part_unless_that_is_turned_off_by_name(
    query: str, verified: bool
) -> None:
    place = redis_url.parse(f"rediss://h/0{query}")
    for kwargs in told(place):
        asked = kwargs["ssl_cert_reqs"]
        assert (asked in ("required", ssl.CERT_REQUIRED)) is verified
        assert kwargs["ssl_check_hostname"] is verified


def test_files_of_certificates_reach_both(tmp_path: Path) -> None:
    (tmp_path / "our ca.pem").touch()
    file = str(tmp_path / "our ca.pem")
    for kwargs in told(redis_url.parse(f"rediss://h?ssl_ca_certs={quote(file)}")):
        assert kwargs["ssl_ca_certs"] == file


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "REDIS_URL must be a URL such as"),
        ("h:6379", "must be a URL such as"),
        ("http://h", "must be a URL such as"),
        ("redis://", "must be a URL such as"),
        ("redis://u:secret@h:port/0", "must be a URL such as"),
        ("redis://u:se#cret@h/0", "must be a URL such as"),
        ("redis://u:se/cret@h/0", "must be a URL such as"),
        ("redis://h:0", "must be a URL such as"),
        ("redis://h/news", "by a number, after the host: redis://host:6379/4"),
        ("redis://h/-1", "by a number"),
        ("redis://h/0/1", "by a number"),
        ("unix:///r.sock?db=news", "by a number, as unix:///run/redis/redis.sock?db=4"),
        ("redis://h?db=4", "REDIS_URL has db=…, which means nothing there: write the number after the host"),
        ("redis://h?password=secret", "write it before the @: redis://user:password@…"),
        ("unix:///r.sock?password=secret", "write it before the @: unix://user:password@…"),
        ("unix:///r.sock?virtual_host=4", "write the number as ?db=4"),
        ("redis://h?socket_timeout=5", "REDIS_URL has socket_timeout=…, which means nothing there: leave it out"),
        ("redis://h?protocol=3", "REDIS_URL has protocol=…"),
        ("redis://h?ssl_cert_reqs=none", "which is for TLS: write rediss://"),
        ("rediss://h?ssl_cert_reqs=optional", "neither required (the default) nor none"),
        ("rediss://h?ssl_ca_certs=/nowhere/ca.pem", "names /nowhere/ca.pem as the authority's certificate"),
        ("rediss://h?ssl_check_hostname=false", "ssl_cert_reqs=none turns both off"),
        ("redis://ada@h", "a user without a password"),
        ("redis://h/0?db=1&db=2", "gives an option twice"),
        ("unix://run/redis.sock", "must name its socket by a whole path"),
    ],
)  # fmt: skip
def test_what_one_of_them_would_pass_over_is_refused_with_the_form_that_works(
    url: str, words: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        redis_url.parse(url)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "cret" not in str(refused.value)


def certificate(folder: Path) -> tuple[str, str]:
    """For 127.0.0.1, signed by nobody but itself; certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of our own")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(files[0]), str(files[1])


@pytest.mark.skipif(not shutil.which("redis-server"), reason="the bundled Redis speaks no TLS")
def test_a_stranger_gets_no_password_from_any_part(tmp_path: Path) -> None:
    """By a real Redis with TLS."""
    cert, key = certificate(tmp_path)
    tls = {"tls_cert_file": cert, "tls_key_file": key, "tls_auth_clients": "no"}
    with OwnRedis(tmp_path) as server:
        client = server.client
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        for name, value in (tls | {"tls_port": str(port)}).items():
            client.config_set(name.replace("_", "-"), value)
        for query, is_known in (
            ("", False),
            (f"?ssl_ca_certs={cert}", True),
            ("?ssl_cert_reqs=none", True),
        ):
            place = redis_url.parse(f"rediss://127.0.0.1:{port}/0{query}")
            app = Celery(broker=place.broker_url, set_as_current=False)
            app.conf.broker_use_ssl = place.broker_tls
            broker = app.connection_for_write()
            if is_known:
                assert Redis.from_url(place.url).ping()
                broker.connect()
            else:
                with pytest.raises(RedisError, match="CERTIFICATE_VERIFY_FAILED"):
                    Redis.from_url(place.url).ping()
                with pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
                    broker.ensure_connection(max_retries=1)
            broker.release()
