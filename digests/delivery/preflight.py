"""What must be right about a version before its readers are chosen."""

from django.core.mail import BadHeaderError

from digests.delivery.compiling import compile_message
from digests.delivery.messages import SAMPLE, Message
from digests.models import Digest, Version
from digests.rendering.tokens import Token, tokens_in


def blocking_findings(digest: Digest) -> list[str]:
    """Sentences for the editor; empty when the digest may go out."""
    version = digest.approved_version
    if version is None:
        return ["No version has been approved."]
    findings = []
    if not digest.newsletter.is_live:
        findings.append(f"{digest.newsletter} is {digest.newsletter.get_state_display().lower()}.")
    if not version.article_ids:
        findings.append("It holds no story.")
    if not version.subject:
        findings.append("It has no subject.")
    for name, body in (("HTML", version.html), ("text", version.text)):
        if Token.LEAVE_URL not in tokens_in(body):
            findings.append(f"Its {name} lacks the link to unsubscribe.")
    return findings + _of_its_mail(digest, version)


def _of_its_mail(digest: Digest, version: Version) -> list[str]:
    """What would refuse every reader's message alike is found here, once, before it does."""
    if "From" not in version.headers:
        return ["Its mail lacks a sender."]
    try:
        message = Message.of(digest, version)
        message.made_out_to(SAMPLE).message()
        compile_message(message)
    except (BadHeaderError, ValueError) as error:
        return [f"A header of its mail cannot be sent. {error}"]
    return []
