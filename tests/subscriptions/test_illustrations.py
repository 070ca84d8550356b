"""Pictures on cards: whatever was uploaded, what is shown is small."""

import io
import random
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from subscriptions.illustrations import MOST_BYTES, SIZE, BadPicture, shrunk
from subscriptions.models import Newsletter
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
    assert done.name == "Spring.webp"
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
