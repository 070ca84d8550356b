"""What a reader sees of a mail before it is opened, as a person approves it, and who wrote it."""

from django.utils.translation import gettext as _

from digests.models import Digest
from digests.versions import Draft


def of_inbox(digest: Digest, draft: Draft) -> list[str]:
    """Subject and preheader, and whether Newsroom wrote them; then the further subjects of a test."""
    return [
        _line(
            digest,
            "subject",
            draft.subject,
            _("Subject: %(text)s"),
            _("Subject, automatic: %(text)s"),
        ),
        _line(
            digest,
            "preheader",
            draft.preheader,
            _("Preheader: %(text)s"),
            _("Preheader, automatic: %(text)s"),
        ),
        *(
            _("Another subject, tried on some readers: %(text)s") % {"text": variant["subject"]}
            for variant in draft.variants
        ),
    ]


def _line(digest: Digest, name: str, text: str, written: str, automatic: str) -> str:
    is_ours = text and name in digest.automatic_words
    return (automatic if is_ours else written) % {"text": text or "–"}
