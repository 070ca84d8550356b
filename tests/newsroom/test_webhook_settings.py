"""In production nothing starts whose events could be forged."""

import os
import subprocess
import sys

import pytest


def load(**more: str) -> subprocess.CompletedProcess[str]:
    keys = dict.fromkeys(("SECRET_KEY", "LINK_KEYS", "SUPPRESSION_KEY"), "k" * 50)
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
