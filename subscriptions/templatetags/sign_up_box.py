"""A sign-up form for one newsletter, for any page of ours that has room for it."""

from typing import Any

from django import template

from subscriptions.clock import database_now
from subscriptions.models import Newsletter, Publisher
from subscriptions.sign_up.form_times import stamp

register = template.Library()


@register.inclusion_tag("web/sign_up_box.html")
def sign_up_box(newsletter: Newsletter) -> dict[str, Any]:
    """Posts to the sign-up page, which keeps what was filled in when something is wrong. Needs no script.

    Nothing of a newsletter that takes nobody now.
    """
    return {
        "newsletter": newsletter if newsletter.is_live else None,
        "publisher": Publisher.objects.current(),
        "shown": stamp(database_now()),
    }
