"""Pictures reach whoever reads a mail; nothing that was uploaded becomes a page of the site."""

from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from newsroom.media import media_urls, own_path

SITE = "https://news.example.org"
PAGE = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media" / "stories").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(b"not below")
    return tmp_path / "media"


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]  # of a FileResponse


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "image/png"),
        ("A.JPG", "image/jpeg"),
        ("a.jpeg", "image/jpeg"),
        ("a.gif", "image/gif"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("ferry é.html.png", "image/png"),
    ],
)
def test_a_picture_is_served_with_its_type_and_kept_for_a_year(
    root: Path, client: Client, name: str, kind: str
) -> None:
    (root / "stories" / name).write_bytes(b"pixels" * 50_000)
    response = client.get(f"/media/stories/{name}")
    assert body(response) == b"pixels" * 50_000
    assert response["Content-Type"] == kind
    assert response["Content-Length"] == "300000"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.has_header("Set-Cookie")
    assert not response.has_header("Vary")


@pytest.mark.parametrize(
    "name", ["a.html", "a.svg", "a.SVGZ", "a.png.html", "a.xml", "a.js", "a.pdf", "a.png.gz", "a"]
)
def test_whatever_is_no_picture_is_a_file_to_save(root: Path, client: Client, name: str) -> None:
    (root / name).write_bytes(PAGE)
    response = client.get(f"/media/{name}")
    assert body(response) == PAGE
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not response.has_header("Content-Encoding")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "gone.png",
        "stories",
        "stories/",
        "../secret.png",
        "..%2Fsecret.png",
        "stories/../../secret.png",
        "stories/%00.png",
        f"{'a' * 300}.png",
        "a" * 5000,
        ".hidden.png",
        ".git/a.png",
        "stories/a.png/b.png",
    ],
)
def test_what_is_not_there_or_not_ours_to_show_is_not_found(
    root: Path, client: Client, name: str
) -> None:
    (root / ".git").mkdir()
    for hidden in (root / ".hidden.png", root / ".git" / "a.png", root / "stories" / "a.png"):
        hidden.write_bytes(b"x")
    assert client.get(f"/media/{name}").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.django_db
def test_who_has_it_already_is_told_so_and_nobody_may_post(root: Path, client: Client) -> None:
    (root / "a.png").write_bytes(b"x")
    first = client.get("/media/a.png")
    body(first)
    kept = client.get("/media/a.png", headers={"If-Modified-Since": first["Last-Modified"]})
    assert (kept.status_code, kept.content) == (HTTPStatus.NOT_MODIFIED, b"")
    assert kept["Cache-Control"] == first["Cache-Control"]
    head = client.head("/media/a.png")
    assert (head.status_code, head["Content-Length"]) == (HTTPStatus.OK, "1")
    head.close()
    assert client.post("/media/a.png").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    changed = datetime.fromtimestamp((root / "a.png").stat().st_mtime, tz=UTC)
    assert first["Last-Modified"] == changed.strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize(
    ("media_url", "path"),
    [
        ("/media/", "/media/"),
        ("/my%20pictures/", "/my pictures/"),
        ("https://news.example.org/media/", "/media/"),
        ("https://NEWS.example.org/media/", "/media/"),
        ("https://media.example.org/", None),
        ("https://bucket.example.org/news/media/", None),
    ],
)
def test_the_site_serves_what_no_other_host_serves(media_url: str, path: str | None) -> None:
    assert own_path(media_url, SITE) == path
    assert len(media_urls(media_url, SITE)) == (path is not None)


@pytest.mark.parametrize(
    "media_url",
    [
        "/",
        "//",
        "/media",
        "media/",
        "//media.example.org/",
        "https://media.example.org",
        "https://news.example.org/",
        "ftp://media.example.org/",
        "https://media.example.org/?a=/",
        "https://[media/",
    ],
)
def test_an_address_of_pictures_that_leads_nowhere_is_refused(media_url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="MEDIA_URL is "):
        own_path(media_url, SITE)
