"""In production nothing starts whose events could be forged."""

import os
import subprocess
import sys

import pytest

from digests.tracking import esps

pytestmark = pytest.mark.service


def load(**more: str) -> subprocess.CompletedProcess[str]:
    keys = dict.fromkeys(
        ("SECRET_KEY", "LINK_KEYS", "SUPPRESSION_KEY"), "a-key-of-forty-characters-or-rather-more"
    )
    variables = {
        "PATH": os.environ["PATH"],
        "NEWSROOM_MODE": "production",
        "DATABASE_URL": "postgres://newsroom@127.0.0.1/newsroom",
        "REDIS_URL": "redis://127.0.0.1/0",
        "SITE_URL": "https://news.example.org",
        **keys,
        **more,
    }
    return subprocess.run(
        [sys.executable, "-c", "import newsroom.settings"],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("variable", ["MAIL_URL", "MAIL_TRANSACTIONAL_URL", "MAIL_FALLBACK_URL"])
def test_production_refuses_a_service_without_its_key(variable: str) -> None:
    urls = {"MAIL_URL": "smtp://127.0.0.1:25"} | {variable: "mailgun://KEY@mg.example.org"}
    refused = load(**urls)
    assert refused.returncode != 0
    assert "MAILGUN_WEBHOOK_KEY is not set" in refused.stderr
    assert load(**urls, MAILGUN_WEBHOOK_KEY="a-signing-key").returncode == 0


def test_smtp_needs_no_key() -> None:
    assert load(MAIL_URL="smtp://127.0.0.1:25").returncode == 0


@pytest.mark.parametrize(
    "secret", ["a:b", "secret", "user:short", ":a-long-enough-secret", f"user:{'a' * 40}",
               "user:a-long-enough-secret, other:b"],
)  # fmt: skip
def test_production_refuses_a_secret_that_can_be_guessed(secret: str) -> None:
    said = esps.weak_key({"WEBHOOK_SECRET": secret})
    assert said.startswith("WEBHOOK_SECRET can be guessed: write user:password")
    assert "secret" not in said.removeprefix("WEBHOOK_SECRET")


@pytest.mark.parametrize(
    "secret", ["", "user:a-long-enough-secret", "one:a-long-enough-secret, two:another secret"]
)
def test_a_good_secret_is_none_of_these(secret: str) -> None:
    assert esps.weak_key({"WEBHOOK_SECRET": secret}) == ""
