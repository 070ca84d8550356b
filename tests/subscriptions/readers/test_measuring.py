"""What may be kept of opens and clicks: the newsletter's rule, or less where the reader wants less."""

import pytest

from subscriptions.choices import Tracking
from subscriptions.readers.measuring import allowed


@pytest.mark.parametrize(
    ("newsletter", "reader", "kept"),
    [
        ("none", "reader", "none"),
        ("none", "", "none"),
        ("totals", "", "totals"),
        ("totals", "reader", "totals"),
        ("totals", "none", "none"),
        ("reader", "", "totals"),
        ("reader", "totals", "totals"),
        ("reader", "none", "none"),
        ("reader", "reader", "reader"),
    ],
)
def test_the_lesser_of_both_is_kept_and_silence_is_no_consent(
    newsletter: str, reader: str, kept: str
) -> None:
    assert allowed(newsletter, reader) == Tracking(kept)
