"""An embedded form, and what a page that holds it sends."""

from datetime import timedelta
from typing import Any

from subscriptions.clock import database_now
from subscriptions.models import EmbeddedForm, EmbeddedFormNewsletter, Newsletter
from subscriptions.sign_up.form_times import stamp

SITE = "https://www.paper.example"
ARTICLE = f"{SITE}/2026/bridge"
ELSEWHERE = "https://elsewhere.example"
ADDRESS = "reader@example.org"


def embedded_form(*newsletters: Newsletter, **fields: Any) -> EmbeddedForm:
    values = {"placement": "Below articles", "allowed_origins": [SITE]}
    form = EmbeddedForm.objects.create(**(values | fields))
    for position, newsletter in enumerate(newsletters):
        EmbeddedFormNewsletter.objects.create(form=form, newsletter=newsletter, position=position)
    return form


def filled(*slugs: str, **changes: Any) -> dict[str, Any]:
    """As a reader leaves it after twenty seconds."""
    shown = stamp(database_now() - timedelta(seconds=20))
    return {"address": ADDRESS, "newsletters": slugs, "shown": shown, "page": ARTICLE} | changes
