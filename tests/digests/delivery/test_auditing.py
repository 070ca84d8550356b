"""The audit is clean after an honest run, and finds every kind of lie we can think of."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from digests.choices import Outcome
from digests.decisions import steering
from digests.delivery import claiming, finishing, slices
from digests.delivery.auditing import audit
from digests.delivery.draining import drain
from digests.delivery.transports.base import ACCEPTED, Answer
from digests.messages.message import message_id
from digests.models import Digest
from digests.models.ledger import SLICE_SIZE
from subscriptions import links
from subscriptions.choices import SuppressionReason
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Subscriber
from tests.builders import NOON, Press
from tests.fakes import FakeTransport

READERS = SLICE_SIZE * 3 + 7


@pytest.fixture
def sent(press: Press) -> Digest:
    """With an acceptance, a refusal, a deferral, a reader suppressed in time, and a slice lost and sent again."""
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    suppress(readers[-1].address, SuppressionReason.COMPLAINT, now=NOON)
    answers = {
        readers[60].address: Answer(Outcome.FAILED, "550", "no such user"),
        readers[70].address: Answer(Outcome.DEFERRED, "451", "later"),
    }
    held = claiming.claim()
    assert held is not None
    slices.advance(held, None, transport="fake")
    run("UPDATE digests_batch SET lease_until = clock_timestamp()")
    drain(FakeTransport(lambda reader: answers.get(reader.address, ACCEPTED)), seconds=30)
    run("UPDATE digests_batch SET due_at = clock_timestamp() WHERE finished_at IS NULL")
    drain(FakeTransport(), seconds=30)
    finishing.mark_sent()
    digest.refresh_from_db()
    return digest


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def breaches(digest: Digest, log: Path | None = None) -> set[str]:
    return {figure.text for figure in audit(digest.pk, log=log).figures if figure.is_breach}


def test_an_honest_run_is_clean_and_told_in_figures(sent: Digest) -> None:
    found = audit(sent.pk)

    told = {figure.text.strip(): figure.count for figure in found.figures}
    assert found.is_clean
    assert told["readers chosen when it was frozen"] == READERS
    assert (told["accepted"], told["failed"], told["suppressed"]) == (READERS - 2, 1, 1)
    assert told["positions left for a later batch"] == SLICE_SIZE + 1


def test_a_digest_under_way_is_clean_too(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    held = claiming.claim()
    assert held is not None
    slices.advance(held, None, transport="fake")

    assert audit(digest.pk).is_clean


def test_a_cancelled_digest_is_clean_too(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    drain(FakeTransport(), seconds=30, should_end=iter([False, False, True, True, True]).__next__)
    steering.cancel(digest, "A mistake.", now=NOON)

    assert audit(digest.pk).is_clean


FIRST = "kind = 'first' AND ordinal = 0"
LIES = {
    "a reader forgotten": (
        f"UPDATE digests_batch SET outcomes = set_byte(outcomes, 110, 0) WHERE {FIRST}",
        {"readers passed over", "readers without an outcome"},
    ),
    "a reader in doubt unnamed": (
        f"UPDATE digests_batch SET outcomes = set_byte(outcomes, 110, 8) WHERE {FIRST}",
        {"readers in doubt without a reason"},
    ),
    "a reader counted twice": (
        f"UPDATE digests_batch SET outcomes = set_byte(outcomes, 0, 1) WHERE {FIRST}",
        {"readers at two living positions", "readers with a state"},
    ),
    "a reader lost on the way to the retry": (
        f"UPDATE digests_batch SET outcomes = set_byte(outcomes, 110, 9) WHERE {FIRST}",
        {
            "readers at no living position",
            "moved readers without a later position",
            "readers with a state",
        },
    ),
    "an acceptance without a slice": (
        "DELETE FROM digests_slice WHERE start = 100",
        {"accepted readers in no slice", "answered readers outside of a settled slice"},
    ),
    "slices over one another": (
        "UPDATE digests_slice SET stop = stop + 1 WHERE start = 50",
        {"slices that overlap"},
    ),
    "a slice never settled": (
        "UPDATE digests_slice SET settled_at = NULL WHERE start = 100",
        {"open slices", "answered readers outside of a settled slice"},
    ),
    "a lost slice that nobody swept": (
        "UPDATE digests_slice SET settled_at = NULL WHERE is_lost",
        {"open slices of an older token beside a living claim"},
    ),
    "a slice of the future": (
        "UPDATE digests_slice SET token = 99 WHERE start = 100",
        {"slices with a newer token than their batch"},
    ),
    "a slice of the past": (
        "UPDATE digests_slice SET token = 0 WHERE start = 100",
        {"slices opened by a worker whose claim was over"},
    ),
    "a slice too early": (
        "UPDATE digests_slice SET started_at = '2001-01-01' WHERE start = 100",
        {"slices opened before their cohort's time"},
    ),
    "a slice too late": (
        "UPDATE digests_slice SET started_at = '2101-01-01' WHERE start = 100",
        {"slices opened after their batch had expired"},
    ),
    "a batch left unfinished": (
        f"UPDATE digests_batch SET finished_at = NULL WHERE {FIRST}",
        {"batches not finished"},
    ),
    "a batch with a wrong end": (
        f"UPDATE digests_batch SET last_id = last_id + 1 WHERE {FIRST}",
        {"batches whose bytes, ids or ends disagree"},
    ),
    "a batch in disorder": (
        f"""UPDATE digests_batch SET recipient_ids[2] = recipient_ids[3], recipient_ids[3] = recipient_ids[2]
             WHERE {FIRST}""",
        {"batches whose ids do not ascend"},
    ),
    "an audience that was larger": (
        "UPDATE digests_digest SET audience_size = audience_size + 1",
        {"readers with a state", "different readers in the batches"},
    ),
    "a doubt settled by nobody": (
        f"""INSERT INTO digests_question (batch_id, start, stop, transport, called_at, positions, due_at, attempts,
                                          known, unknown, trouble)
            SELECT id, 100, 103, 'mailgun', now(), '{{100,101}}', now(), 1, 0, 0, ''
              FROM digests_batch WHERE {FIRST}""",
        {"settled doubts without a word of who settled them"},
    ),
    "a reader in doubt forgotten": (
        f"""INSERT INTO digests_question (batch_id, start, stop, transport, called_at, positions, due_at, attempts,
                                          known, unknown, trouble)
            SELECT id, 100, 103, 'mailgun', now(), '{{4000}}', now(), 1, 0, 0, ''
              FROM digests_batch WHERE {FIRST}""",
        {"readers in doubt at services that settle doubts"},
    ),
    "a failure without a word": (
        "DELETE FROM digests_reason WHERE code = '550'",
        {"failed readers without a reason"},
    ),
    "a suppressed reader sent": (
        """UPDATE subscriptions_subscriber SET suppressed_at = now() - interval '1 h'
            WHERE id = (SELECT recipient_ids[110] FROM digests_batch WHERE kind = 'first')""",
        {"readers sent although suppressed before"},
    ),
    "a reader who had left sent": (
        """UPDATE subscriptions_subscription SET state = 'left', left_at = now() - interval '1 h'
            WHERE subscriber_id = (SELECT recipient_ids[110] FROM digests_batch WHERE kind = 'first')""",
        {"readers sent although they had left before"},
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_is_found(sent: Digest, lie: str) -> None:
    sql, expected = LIES[lie]

    run(sql)

    assert breaches(sent) >= expected


# --- with the mail server's log --------------------------------------------------------------------


def line(sent: Digest, reader: Subscriber, **changes: object) -> dict[str, object]:
    return {
        "at": 1.5,
        "recipient": reader.address,
        "message_id": message_id(sent.public_id, reader.public_id),
        "leave": links.leave_url(reader.public_id, sent.newsletter.public_id),
        "reply": "250 Taken",
    } | changes


def readers_of(sent: Digest) -> list[Subscriber]:
    return list(Subscriber.objects.filter(subscriptions__newsletter=sent.newsletter).order_by("pk"))


Lines = list[dict[str, object]]


@pytest.fixture
def log(sent: Digest, tmp_path: Path) -> Callable[[Lines], Path]:
    def write(lines: Lines) -> Path:
        path = tmp_path / "sink.log"
        path.write_text("".join(json.dumps(said) + "\n" for said in lines), encoding="utf-8")
        return path

    return write


def honest(sent: Digest) -> Lines:
    """Everybody but the refused and the suppressed reader; the lost slice's first ten twice."""
    readers = readers_of(sent)
    taken = [*readers[:60], *readers[61:-1], *readers[:10]]
    refused = line(sent, readers[60], reply="550 no such user")
    letter = line(sent, readers[60], message_id="<letter@example.org>", leave="")
    return [*(line(sent, reader) for reader in taken), refused, letter]


def test_an_honest_log_is_clean(sent: Digest, log: Callable[[Lines], Path]) -> None:
    assert breaches(sent, log(honest(sent))) == set()


def test_a_log_that_was_cut_off_is_read_to_its_last_whole_line(
    sent: Digest, log: Callable[[Lines], Path]
) -> None:
    path = log(honest(sent))
    with path.open("a") as file:
        file.write('{"at": 17')

    assert breaches(sent, path) == set()


def test_every_lie_against_the_log_is_found(sent: Digest, log: Callable[[Lines], Path]) -> None:
    readers, lines = readers_of(sent), honest(sent)
    stranger = Subscriber.objects.create(address="stranger@example.org")

    assert breaches(sent, log(lines[10:])) == set()  # those had a second copy
    assert breaches(
        sent, log([said for said in lines if said["recipient"] != readers[99].address])
    ) == {"accepted readers who are not in the log"}
    assert breaches(sent, log([*lines, line(sent, readers[60])])) == {
        "readers in the log who were not sent, and are not in doubt"
    }
    assert breaches(sent, log([*lines, line(sent, readers[-1])])) == {
        "readers in the log who were not sent, and are not in doubt"
    }
    assert breaches(sent, log([*lines, line(sent, readers[99])])) == {
        "readers with two copies who are not in doubt"
    }
    assert breaches(sent, log([*lines, line(sent, stranger)])) == {
        "messages to readers who were not in the audience"
    }
    crossed = line(sent, readers[3], recipient=readers[4].address)
    assert breaches(sent, log([*lines, crossed])) == {
        "messages that went to another reader's address"
    }
    other = links.leave_url(readers[4].public_id, sent.newsletter.public_id)
    assert breaches(sent, log([*lines, line(sent, readers[3], leave=other)])) == {
        "messages with another reader's leave link"
    }


@pytest.mark.parametrize(
    "text", ["[]\n", "{}\n", "\xff\n", '{"at": "x", "recipient": 1}\n', "x" * 30_000]
)
def test_a_log_that_is_none_is_refused_in_words(sent: Digest, tmp_path: Path, text: str) -> None:
    path = tmp_path / "sink.log"
    path.write_text(text, encoding="latin-1")

    with pytest.raises(CommandError, match="Line 1 is"):
        call_command("audit_deliveries", sent.pk, log=path, stdout=StringIO())


def test_the_command_prints_each_figure_and_fails_on_a_breach(sent: Digest) -> None:
    out = StringIO()
    call_command("audit_deliveries", sent.pk, stdout=out)
    assert "Every reader is accounted for." in out.getvalue()
    assert "BREACH" not in out.getvalue()

    run("UPDATE digests_digest SET audience_size = audience_size + 1")
    with pytest.raises(CommandError, match=r"2 of .* figures"):
        call_command("audit_deliveries", sent.pk, stdout=out)
    assert "BREACH: it must be 158" in out.getvalue()


def test_the_command_refuses_what_is_not_there(sent: Digest, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no digest with the id 999999"):
        call_command("audit_deliveries", 999999, stdout=StringIO())
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("audit_deliveries", sent.pk, log=tmp_path / "none", stdout=StringIO())
