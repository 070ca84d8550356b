import pytest
from django.test import Client

from tests.staff import chief

pytestmark = pytest.mark.django_db
STAFFS_OWN = ("session", "user", "_messages")


def test_a_readers_page_has_no_session_no_login_and_no_messages() -> None:
    found = Client().get("/")
    assert found.status_code == 200
    assert not any(hasattr(found.wsgi_request, name) for name in STAFFS_OWN)


def test_whoever_is_logged_in_is_a_reader_on_readers_pages() -> None:
    client = chief()
    assert client.get("/admin/").status_code == 200
    found = client.get("/subscribed/")
    assert found.status_code == 200
    assert not any(hasattr(found.wsgi_request, name) for name in STAFFS_OWN)


def test_staffs_pages_have_all_three() -> None:
    request = chief().get("/admin/").wsgi_request
    assert all(hasattr(request, name) for name in STAFFS_OWN)


def test_the_admin_asks_strangers_to_log_in() -> None:
    found = Client().get("/admin/")
    assert found.status_code == 302
    assert found["Location"].startswith("/admin/login/")
