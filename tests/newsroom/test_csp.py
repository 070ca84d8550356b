import pytest
from csp.constants import NONCE
from csp.exceptions import CSPNonceError
from django.test import Client
from pytest_django import Settings

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


def test_each_page_has_a_nonce_of_its_own() -> None:
    policies = [Client().get("/")[HEADER] for _again in range(2)]
    assert all("style-src 'self' 'nonce-" in policy for policy in policies)
    assert policies[0] != policies[1]


def test_what_needs_no_nonce_has_the_strict_policy_too(settings: Settings) -> None:
    found = Client().get("/subscribe/")
    assert found.status_code == 302
    directives = dict(part.split(" ", 1) for part in found[HEADER].split("; "))
    expected = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives == {
        name: " ".join(source for source in sources if source is not NONCE)
        for name, sources in expected.items()
    }


def test_a_nonce_that_is_asked_for_too_late_is_refused() -> None:
    request = Client().get("/subscribe/").wsgi_request
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)  # type: ignore[attr-defined]  # django-csp adds it
