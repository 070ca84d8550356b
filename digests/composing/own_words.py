"""The subject and preheader that we write: they follow the stories until an editor writes others."""

from collections.abc import Sequence

from digests.models import Digest, Template

SUBJECT_LENGTH = 150
PREHEADER_LENGTH = 140


def follow(
    digest: Digest, template: Template, before: Sequence[str], after: Sequence[str]
) -> list[str]:
    """Set those that tell of the headlines as they were, in reading order; returns their names. Blanks stay blank."""
    changed = []
    for name, words in (("subject", subject), ("preheader", preheader)):
        now = getattr(digest, name)
        anew = words(digest, template, after)
        if now and now != anew and now == words(digest, template, before):
            setattr(digest, name, anew)
            changed.append(name)
    return changed


def subject(digest: Digest, template: Template, headlines: Sequence[str]) -> str:
    text = template.subject
    for name, value in {
        "newsletter": digest.newsletter.name,
        "date": f"{digest.local_date:%Y-%m-%d}",
        "lead": headlines[0] if headlines else digest.newsletter.name,
    }.items():
        text = text.replace("{" + name + "}", value)
    return _one_line(text, SUBJECT_LENGTH)


def preheader(_digest: Digest, _template: Template, headlines: Sequence[str]) -> str:
    return _one_line("; ".join(headlines[1:4]), PREHEADER_LENGTH)


def _one_line(text: str, length: int) -> str:
    """Plain, on one line, cut at a word."""
    line = " ".join("".join(" " if c in "\r\n\t" else c for c in text).split())
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
