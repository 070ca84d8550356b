"""The words that we write ourselves: they follow the stories and the template until an editor writes others."""

from collections.abc import Sequence

from digests.models import Digest, Template

SUBJECT_LENGTH = 150
PREHEADER_LENGTH = 140
# Made of the stories. An intro or outro is the template's, taken when a digest is assembled.
OF_STORIES = ("subject", "preheader")


def of_stories(
    digest: Digest, template: Template | None, headlines: Sequence[str]
) -> dict[str, str]:
    """Subject and preheader as they stand now: an editor's, or ours of these headlines, in reading order."""
    words = {name: getattr(digest, name) for name in OF_STORIES}
    if template is None:
        return words
    made = ours(digest, template, headlines)
    return words | {name: made[name] for name in OF_STORIES if name in digest.automatic_words}


def ours(digest: Digest, template: Template, headlines: Sequence[str]) -> dict[str, str]:
    """Subject and preheader as we would write them."""
    return {
        "subject": subject(digest, template, headlines),
        "preheader": preheader(digest, template, headlines),
    }


def follow(digest: Digest, template: Template | None, headlines: Sequence[str]) -> list[str]:
    """Set those of the digest that are ours; returns the names of those that changed."""
    changed = []
    for name, text in of_stories(digest, template, headlines).items():
        if getattr(digest, name) != text:
            setattr(digest, name, text)
            changed.append(name)
    return changed


def write(digest: Digest, name: str, text: str) -> None:
    """An editor's words."""
    setattr(digest, name, text)
    digest.automatic_words = [other for other in digest.automatic_words if other != name]
    look_at(digest, name)


def give_back(digest: Digest, name: str, template: Template | None) -> None:
    """Ours from now on; a subject or a preheader is made by the next follow()."""
    digest.automatic_words = [*(other for other in digest.automatic_words if other != name), name]
    look_at(digest, name)
    if name not in OF_STORIES:
        setattr(digest, name, getattr(template, name) if template else "")


def look_at(digest: Digest, name: str) -> None:
    """Somebody did: what was corrected until now is no more doubt about these words."""
    if name in digest.corrected_words:
        digest.corrected_words[name]["is_open"] = False


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
