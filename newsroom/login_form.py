"""The form of the log-in page: it counts before it hashes, and says when to try again."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.forms import AuthenticationForm

from newsroom import login_limits
from subscriptions.networks import network_of
from subscriptions.visits import visitor_ip


class LoginForm(AuthenticationForm):  # type: ignore[misc]  # Unfold has no types
    def clean(self) -> Any:
        """The same for every name, whether there is such an account or not."""
        account = self.cleaned_data.get("username", "")
        network = network_of(visitor_ip(self.request)) if self.request else None
        if wait := login_limits.seconds_to_wait(account, network):
            raise forms.ValidationError(_too_often(wait))
        try:
            with login_limits.hashing():
                cleaned = super().clean()
        except login_limits.Busy:
            raise forms.ValidationError(
                _("Many people are logging in just now. Please try again in a minute.")
            ) from None
        login_limits.forget(account)
        return cleaned


def _too_often(wait: int) -> str:
    minutes = -(-wait // 60)
    return ngettext(
        "Too many attempts. Please try again in %(minutes)s minute; a colleague who runs the service can free the "
        "account before (manage.py free_login).",
        "Too many attempts. Please try again in %(minutes)s minutes; a colleague who runs the service can free the "
        "account before (manage.py free_login).",
        minutes,
    ) % {"minutes": minutes}
