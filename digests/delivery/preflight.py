"""What must be right about a version before its readers are chosen."""

from digests.models import Digest
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
    return findings
