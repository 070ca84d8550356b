"""The limits of size that hold behind any web server; test_front.py tries them with ours."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from newsroom.body_limits import OF_A_READER, OF_A_SERVICE, OF_STAFF
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
READERS = ["/subscribe/", "/preferences/", "/unsubscribe/x/", "/stop/x/", "/embed/x/sign-up.json"]


@pytest.mark.parametrize("path", READERS)
def test_readers_pages_take_no_file_and_no_more_than_their_measure(path: str) -> None:
    file = SimpleUploadedFile("a.txt", b"a")
    assert Client().post(path, {"file": file}).status_code == 413
    assert Client().post(path, {"address": "x"}).status_code != 413  # a form of many parts, too
    for size, is_taken in ((OF_A_READER, True), (OF_A_READER + 1, False)):
        answer = Client().post(path, "a" * size, content_type="text/plain")
        assert (answer.status_code != 413) is is_taken


def test_staff_may_bring_more_but_not_before_they_have_logged_in() -> None:
    page, large = "/admin/digests/template/1/preview/", "a" * (OF_A_READER + 1)
    assert Client().post(page, large, content_type="text/plain").status_code == 413
    staff = signed_in("publisher")
    assert staff.post(page, large, content_type="text/plain").status_code != 413
    beyond = "a" * (OF_STAFF + 1)
    assert staff.post(page, beyond, content_type="text/plain").status_code == 413


def test_services_may_bring_a_bundle() -> None:
    for size, is_taken in ((OF_A_SERVICE, True), (OF_A_SERVICE + 1, False)):
        answer = Client().post("/webhooks/mailgun/", "a" * size, content_type="text/plain")
        assert (answer.status_code != 413) is is_taken
    file = SimpleUploadedFile("a.txt", b"a")
    assert Client().post("/webhooks/mailgun/", {"file": file}).status_code < 500
