"""What staff fill in about a source. A password or key goes in, and never comes out again."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from digests.assembly.source_keys import LONGEST_SECRET, sealed
from digests.models import Source
from subscriptions.admin.fields import ZoneInput
from subscriptions.validators import validate_one_line

PREVIEW = "_preview"
MAY_STAY = ("priority", "silent_hours")


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # plain at run time
    secret = forms.CharField(
        label=_("Password or key"),
        required=False,
        strip=False,
        max_length=LONGEST_SECRET,
        # Shown again only to whoever has just typed it.
        widget=forms.PasswordInput(
            {"class": " ".join(INPUT_CLASSES), "autocomplete": "new-password"}, render_value=True
        ),
    )
    without_secret = forms.BooleanField(
        label=_("Forget the password or key"), required=False, widget=UnfoldBooleanWidget()
    )

    class Meta:
        model = Source
        fields: tuple[str, ...] = ()  # the page names them
        widgets = {
            "zone": ZoneInput(),
            "tags": UnfoldAdminTextInputWidget(),
            "username": UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._from_address: dict[str, str] = {}
        is_kept = bool(self.instance.sealed_secret)
        if "secret" not in self.fields:  # who may only look
            return
        self.fields["secret"].help_text = (
            _("One is kept. Left empty, it stays.") if is_kept else _("It is kept encrypted.")
        )
        for name in MAY_STAY:
            self.fields[name].required = False

    def is_valid(self) -> bool:
        """A form that asks for a preview is shown again, as it was filled in."""
        return super().is_valid() and PREVIEW not in self.data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, value in self._from_address.items():
            cleaned[name] = cleaned.get(name) or value
        for name in MAY_STAY:
            if name not in self.errors and cleaned.get(name) is None:
                cleaned[name] = getattr(self.instance, name)
        if cleaned.get("key_header") and cleaned.get("username"):
            self.add_error("key_header", _("Name a user or a header, not both."))
        has_secret = bool(cleaned.get("secret") or self.instance.sealed_secret)
        if (cleaned.get("key_header") or cleaned.get("username")) and not has_secret:
            self.add_error("secret", _("Enter the password or key that goes with it."))
        return cleaned

    def clean_secret(self) -> str:
        """Check that a header can take the secret; Basic takes any letters (RFC 7617)."""
        secret: str = self.cleaned_data["secret"]
        validate_one_line(secret)
        if self.data.get("key_header") and not (secret.isascii() and secret == secret.strip()):
            raise forms.ValidationError(
                _("Letters, digits and signs of English, without spaces around.")
            )
        return secret

    def clean_url(self) -> str:
        """User and password in front of the host are kept as such, and not in plain sight."""
        url: str = self.cleaned_data["url"]
        parts = urlsplit(url)
        if "@" not in parts.netloc:
            return url
        pair, _at, place = parts.netloc.rpartition("@")
        user, _colon, password = pair.partition(":")
        self._from_address = {"username": unquote(user)[:120], "secret": unquote(password)}
        return parts._replace(netloc=place).geturl()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # the stubs leave it out
        secret = self.cleaned_data.get("secret")
        if self.cleaned_data.get("without_secret"):
            self.instance.sealed_secret = self.instance.username = self.instance.key_header = ""
        elif secret:
            self.instance.sealed_secret = sealed(secret)
