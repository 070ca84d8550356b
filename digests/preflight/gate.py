"""The last look, in the moment in which a digest's readers are chosen."""

from datetime import datetime

from digests.models import Digest
from digests.preflight.running import report_of


def blocking_findings(digest: Digest, *, now: datetime) -> list[str]:
    """Sentences for the editor about its approved version; empty when the digest may go out."""
    version = digest.approved_version
    if version is None:
        return ["No version has been approved."]
    report = report_of(digest, version, now=now, with_readers=False)
    return [finding.text for finding in report.blocking]
