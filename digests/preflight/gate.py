"""The last look, in the moment in which a digest's readers are chosen."""

from digests.models import Digest
from digests.preflight.running import report_of


def blocking_findings(digest: Digest) -> list[str]:
    """Sentences for the editor about its approved version; empty when the digest may go out."""
    version = digest.approved_version
    if version is None:
        return ["No version has been approved."]
    return [finding.text for finding in report_of(digest, version, with_readers=False).blocking]
