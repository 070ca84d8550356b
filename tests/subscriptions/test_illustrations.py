"""Pictures on cards: whatever was uploaded, what is shown is small."""

import io
import random
import re
import resource
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pytest_django import Settings

from subscriptions.illustrations import LOGO_SIZE, MOST_BYTES, SIZE, BadPicture, as_logo, shrunk
from subscriptions.models import Newsletter, Publisher
from tests.builders import Press
from tests.staff import chief


def noise(width: int, height: int, form: str = "PNG") -> bytes:
    picture = Image.frombytes(
        "RGB", (width, height), random.Random(1).randbytes(width * height * 3)
    )
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("size", [(2000, 500), (50, 900), (1, 1)])
def test_a_picture_has_the_shape_of_the_card(size: tuple[int, int]) -> None:
    done = shrunk(io.BytesIO(noise(*size)), "Spring.PNG")
    assert re.fullmatch(r"[0-9a-f]{20}\.webp", str(done.name))
    with Image.open(done) as picture:
        assert (picture.size, picture.format) == (SIZE, "WEBP")


def test_a_busy_picture_is_light_all_the_same() -> None:
    busy = Image.open(io.BytesIO(noise(320, 160))).resize((1280, 640))
    upload = io.BytesIO()
    busy.save(upload, "PNG")
    upload.seek(0)
    assert shrunk(upload, "busy.png").size <= MOST_BYTES


@pytest.mark.parametrize("upload", [b"", b"no picture", noise(300, 300, "JPEG")[:900]])
def test_what_is_no_picture_is_refused(upload: bytes) -> None:
    with pytest.raises(BadPicture):
        shrunk(io.BytesIO(upload), "spring.png")


def test_staff_upload_a_picture_and_readers_get_a_small_one(
    press: Press, settings: Settings, tmp_path: Path
) -> None:
    newsletter = press.newsletter()
    settings.MEDIA_ROOT = tmp_path
    client = chief()
    path = f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"
    form = client.get(path).context["adminform"].form
    values = {
        name: value
        for name, value in form.initial.items()
        if str(value) not in {"None", "False", ""}
    }
    page = client.get(path)
    for formset in page.context["inline_admin_formsets"]:
        for field in formset.formset.management_form:
            values[field.html_name] = field.value()
        values[f"{formset.formset.prefix}-TOTAL_FORMS"] = 0
        values[f"{formset.formset.prefix}-INITIAL_FORMS"] = 0
    values["illustration"] = SimpleUploadedFile("big.png", noise(1600, 900), "image/png")
    response = client.post(path, values)
    assert response.status_code == 302, response.context["errors"]
    newsletter = Newsletter.objects.get()
    assert newsletter.illustration.name.endswith(".webp")
    with newsletter.illustration.open() as file, Image.open(file) as picture:
        assert picture.size == SIZE


def huge() -> bytes:
    """A few kilobytes that become a gigabyte."""
    out = io.BytesIO()
    Image.new("1", (13_300, 13_300)).save(out, "PNG")
    return out.getvalue()


def other(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (90, 90)).save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("made", [shrunk, as_logo])
@pytest.mark.parametrize("form", ["EPS", "PDF", "TIFF", "BMP", "ICO"])
def test_formats_that_run_other_programs_are_refused(made: Any, form: str) -> None:
    with pytest.raises(BadPicture):
        made(io.BytesIO(other(form)), f"a.{form.lower()}")


@pytest.mark.parametrize("made", [shrunk, as_logo])
def test_a_small_file_never_becomes_a_huge_picture(made: Any) -> None:
    body = huge()
    assert len(body) < 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadPicture):
        made(io.BytesIO(body), "a.png")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


def test_a_logo_is_made_ours(press: Press, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = chief()
    page = "/admin/subscriptions/publisher/1/change/"
    Publisher.objects.current()
    form = {"name": "Paper", "colour": "#1d3557", "zone": "UTC", "language": "en"}
    form |= {"sender_address": "news@example.org"}
    picture = Image.new("RGBA", (2_000, 500), (255, 0, 0, 90))
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=metadata())
    sent = client.post(page, form | {"logo": SimpleUploadedFile("../a.pdf.png", out.getvalue())})
    assert sent.status_code == 302, sent.content.decode()[:2000]
    logo = Publisher.objects.current().logo
    assert re.fullmatch(r"publisher/[0-9a-f]{20}(_\w+)?\.png", logo.name)
    with logo.open("rb") as file, Image.open(file) as kept:
        assert (kept.size, kept.mode, kept.format) == ((640, 160), "RGBA", "PNG")
        assert "secret" not in kept.info
    assert LOGO_SIZE[0] == 640
    eps = SimpleUploadedFile("a.eps", other("EPS"))
    assert client.post(page, form | {"logo": eps}).status_code == 200


def metadata() -> PngInfo:
    found = PngInfo()
    found.add_text("secret", "where it was taken")
    return found
