"""A template's logo: checked, scaled and kept as a file of its own, whatever was uploaded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from digests.assembly.pictures import Rendition, prepare_logo
from digests.models import Template
from digests.outside.failures import PictureError
from digests.refusal import Refusal

MOST_BYTES = 2_000_000
FOLDER = "logos"
_SALT = "digests.template-logo"


class Refused(Refusal):
    """The text says why, for the person who brought it."""


@dataclass(frozen=True, slots=True)
class KeptLogo:
    """A file of ours; an empty name is no logo."""

    name: str = ""
    width: int = 0
    height: int = 0

    @classmethod
    def of(cls, template: Template) -> Self:
        return cls(template.logo.name or "", template.logo_width, template.logo_height)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        return cls(values["logo"], values["logo_width"], values["logo_height"])

    def put_on(self, template: Template) -> None:
        template.logo = self.name
        template.logo_width, template.logo_height = self.width, self.height

    @property
    def is_lost(self) -> bool:
        """Nobody saved it for days, and its file was taken away (unused_logos.py)."""
        return bool(self.name) and not default_storage.exists(self.name)

    @property
    def token(self) -> str:
        """A signed value for a hidden field: it keeps an uploaded logo when the form is refused.

        It cannot be changed to name another file.
        """
        return signing.dumps(asdict(self), salt=_SALT)


def from_token(token: str) -> KeptLogo | None:
    """None for what is not ours."""
    try:
        return KeptLogo(**signing.loads(token, salt=_SALT))
    except (signing.BadSignature, TypeError):
        return None


def prepared(body: bytes) -> Rendition:
    """Prepare an uploaded logo. Raises Refused."""
    if len(body) > MOST_BYTES:
        raise Refused(
            _("The logo is not taken. It is larger than %(most)s MB.")
            % {"most": MOST_BYTES // 1_000_000}
        )
    try:
        return prepare_logo(body)
    except PictureError as error:
        raise Refused(_("The logo is not taken. %(why)s") % {"why": error}) from error


def path_of(logo: Rendition) -> str:
    """Where it is, or would be, kept: under a name made of its content, so that a file never changes."""
    return f"{FOLDER}/{logo.name}"


def url_of(logo: Rendition) -> str:
    """Where readers would find it."""
    return str(default_storage.url(path_of(logo)))


def keep(logo: Rendition) -> KeptLogo:
    path = path_of(logo)
    if default_storage.exists(path) and default_storage.size(path) != len(logo.body):
        default_storage.delete(path)  # a process was lost while it wrote
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(logo.body))
    return KeptLogo(path, logo.width, logo.height)
