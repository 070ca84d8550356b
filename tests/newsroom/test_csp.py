import pytest
from django.test import Client

from tests.staff import chief

pytestmark = pytest.mark.django_db
HEADER = "Content-Security-Policy"


def test_readers_pages_keep_the_strict_policy(client: Client) -> None:
    policy = client.get("/")[HEADER]
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy


def test_the_admin_may_evaluate_but_frame_only_itself() -> None:
    policy = chief().get("/admin/")[HEADER]
    assert "'unsafe-eval'" in policy
    assert "frame-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
