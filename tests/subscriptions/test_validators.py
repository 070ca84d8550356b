"""What a person may type into a field that readers' programs will act on."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import URLField

# Fetched by us alone, and only over http: digests/outside/guard.py has its own rules.
FETCHED = {
    "digests.source.url",
    "digests.image.source_url",
    "digests.article.url",
    "digests.article.image_url",
    "digests.linkcheck.url",
}


def web_addresses() -> "list[URLField[str, str]]":
    return [
        field
        for app in ("subscriptions", "digests")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, URLField) and f"{model._meta.label_lower}.{field.name}" not in FETCHED
    ]


@pytest.mark.parametrize("field", web_addresses(), ids=str)
@pytest.mark.parametrize(
    "address", ["ftp://example.org/x", "ftps://example.org/", "javascript:alert(1)", "mailto:a@b.c"]
)
def test_a_link_in_a_mail_is_one_that_a_browser_opens(
    field: "URLField[str, str]", address: str
) -> None:
    with pytest.raises(ValidationError):
        field.clean(address, None)


def test_every_link_of_ours_is_among_them() -> None:
    found = {f"{field.model._meta.model_name}.{field.name}" for field in web_addresses()}
    assert {"publisher.privacy_url", "newsletter.example_url", "booking.link", "item.url"} <= found
