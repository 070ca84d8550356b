"""Mails that came back: what is a bounce, whose, and what only looks like one."""

from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from pytest_django import Settings

from digests.choices import EventKind
from digests.delivery.return_paths import return_path
from digests.tracking.bounce_mail import MOST_BYTES, Finding, NoBounce, read
from subscriptions import links
from subscriptions.choices import BounceKind
from subscriptions.mailing.reply_codes import classify
from subscriptions.public_ids import new_public_id

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DIGEST, READER = new_public_id(), new_public_id()


@pytest.fixture(autouse=True)
def _bounce_address(settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = "bounces@mail.example.org"


def multipart(report_type: str) -> MIMEMultipart:
    mail = MIMEMultipart("report")
    mail.set_param("report-type", report_type)
    return mail


def group(values: dict[str, str]) -> Message:
    fields = Message()
    for name, value in values.items():
        fields[name] = value
    return fields


def report(
    *blocks: dict[str, str], to: str = "", words: str = "Your mail did not arrive."
) -> MIMEMultipart:
    """As RFC 3464 has it: words, fields, the original."""
    mail = multipart("delivery-status")
    mail["From"] = "MAILER-DAEMON@mx.example.net"
    mail["To"] = to or return_path(DIGEST, READER)
    mail["Subject"] = "Undelivered Mail Returned to Sender"
    mail["Date"] = "Mon, 23 Nov 2026 07:00:00 +0100"
    mail["Message-ID"] = "<bounce.1@mx.example.net>"
    mail["Auto-Submitted"] = (
        "auto-replied"  # some servers mark their reports so, although RFC 3834 does not
    )
    mail.attach(MIMEText(words))
    status = Message()
    status["Content-Type"] = "message/delivery-status"
    status.set_payload([group({"Reporting-MTA": "dns; mx.example.net"}), *map(group, blocks)])
    mail.attach(status)
    original = EmailMessage()
    original["Subject"] = "What happened in the night"
    mail.attach(MIMEMessage(original))
    return mail


def failed(**more: str) -> dict[str, str]:
    fields = {
        "Final-Recipient": "rfc822; reader@example.com",
        "Action": "failed",
        "Status": "5.1.1",
        "Diagnostic-Code": "smtp; 550 5.1.1 No such user here",
    }
    return fields | {name.replace("_", "-"): value for name, value in more.items()}


def found(mail: Message | bytes, *recipients: str) -> Finding:
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    return read(raw, recipients=recipients, now=NOW)


def plain(text: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "MAILER-DAEMON@mx.example.net"
    mail["To"] = return_path(DIGEST, READER)
    mail["Subject"] = "failure notice"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def test_a_status_report_names_its_reader() -> None:
    finding = found(report(failed()))
    assert finding.kind is EventKind.BOUNCED
    assert finding.returned is not None
    assert tuple(finding.returned) == (DIGEST, READER)
    assert finding.reply == "5.1.1 smtp; 550 5.1.1 No such user here"
    assert finding.recipient == "reader@example.com"
    assert finding.occurred_at == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("failed", EventKind.BOUNCED),
        ("Delayed", EventKind.DEFERRED),
        ("delivered", EventKind.DELIVERED),
        ("relayed", EventKind.SENT),
    ],
)
def test_every_action_has_its_kind(action: str, kind: EventKind) -> None:
    assert found(report(failed(Action=action))).kind is kind


def test_the_worst_of_several_recipients_counts() -> None:
    assert found(report(failed(Action="delayed"), failed())).kind is EventKind.BOUNCED


@pytest.mark.parametrize("header", ["X-Original-To", "Delivered-To", "Envelope-To"])
def test_the_return_path_is_found_where_the_server_put_it(header: str) -> None:
    mail = report(failed(), to="bounces@mail.example.org")
    mail[header] = return_path(DIGEST, READER)
    assert found(mail).subscriber == READER


def test_the_envelope_is_believed_first() -> None:
    other = new_public_id()
    assert found(report(failed()), return_path(DIGEST, other)).subscriber == other


@pytest.mark.parametrize(
    "to",
    [
        "bounces@mail.example.org",
        "bounces+" + "a" * 52 + "@mail.example.org",
        "bounces+" + "é" * 52 + "@mail.example.org",
        "",
        "not an address",
        "undisclosed-recipients:;",
    ],
)
def test_a_report_without_our_token_is_nobodys(to: str) -> None:
    mail = report(failed())
    del mail["To"]
    mail["To"] = to
    with pytest.raises(NoBounce, match="No return path"):
        found(mail)


def test_a_token_in_the_words_is_no_token() -> None:
    mail = report(failed(), to="bounces@mail.example.org", words=return_path(DIGEST, READER))
    with pytest.raises(NoBounce):
        found(mail)


QMAIL = """Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.

<reader@example.com>:
Sorry, no mailbox here by that name.

--- Below this line is a copy of the message.
"""


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        (QMAIL, {}),
        (
            "This message was created automatically. 550 unknown user",
            {"X_Failed_Recipients": "reader@example.com"},
        ),
    ],
    ids=["qmail", "exim"],
)
def test_older_forms_are_known_by_flufl(text: str, headers: dict[str, str]) -> None:
    finding = found(plain(text, **headers))
    assert finding.kind is EventKind.BOUNCED
    assert finding.recipient == "reader@example.com"
    assert classify(finding.reply) is BounceKind.HARD


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
    ],
)
def test_an_automatic_reply_is_never_a_bounce(headers: dict[str, str]) -> None:
    text = "I am away.\n\n<reader@example.com>:\n550 5.1.1 user unknown\n"
    with pytest.raises(NoBounce, match="automatic reply"):
        found(plain(text, **headers))


def test_a_letter_from_a_reader_is_no_bounce() -> None:
    with pytest.raises(NoBounce, match="Nothing in it"):
        found(plain("Please write more about the harbour."))


def complaint(*, mail_from: str = "", leave: str = "", kind: str = "abuse") -> MIMEMultipart:
    mail = multipart("feedback-report")
    mail["To"] = "complaints@mail.example.org"
    mail["Message-ID"] = "<arf.1@example.net>"
    mail.attach(MIMEText("This is an abuse report."))
    fields = Message()
    fields["Content-Type"] = "message/feedback-report"
    lines = [f"Feedback-Type: {kind}", "User-Agent: Loop/1.0", "Version: 1"]
    lines += [f"Original-Mail-From: <{mail_from}>"] if mail_from else []
    fields.set_payload("\n".join(lines) + "\n")
    mail.attach(fields)
    original = EmailMessage()
    original["Message-ID"] = "<original@news.example.org>"
    original["Subject"] = "What happened in the night"
    if leave:
        original["List-Unsubscribe"] = f"<https://news.example.org/unsubscribe/{leave}/>"
    mail.attach(MIMEMessage(original))
    return mail


def test_a_complaint_is_known_by_the_return_path_it_quotes() -> None:
    finding = found(complaint(mail_from=return_path(DIGEST, READER)))
    assert (finding.kind, finding.subscriber) == (EventKind.COMPLAINED, READER)


def test_a_complaint_is_known_by_the_leave_link_it_quotes() -> None:
    token = links.sign(links.Scope.LEAVE, READER, new_public_id())
    finding = found(complaint(leave=token))
    assert finding.subscriber == READER
    assert finding.returned is None
    assert finding.message_id == "<original@news.example.org>"


@pytest.mark.parametrize(
    "mail",
    [
        complaint(),
        complaint(mail_from="bounces@mail.example.org", leave="A" * 58),
        complaint(kind="not-spam"),
    ],
)
def test_a_complaint_without_our_marks_is_nobodys(mail: Message) -> None:
    with pytest.raises(NoBounce):
        found(mail)


def test_fifty_megabytes_are_read_by_their_head() -> None:
    head = report(failed()).as_bytes()
    assert found(head + b"x" * 50_000_000).kind is EventKind.BOUNCED
    assert len(head) < MOST_BYTES


def test_a_thousand_boxes_in_boxes_are_not_opened() -> None:
    body = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(5000)
    )
    head = f"To: {return_path(DIGEST, READER)}\r\n".encode()
    with pytest.raises(NoBounce):
        found(head + body)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe" * 1000,
        b"To: " + b"<" * 10_000,
        b"To: " + b"(" * 10_000,
        b"Content-Type: multipart/report; report-type*=x''%zz; boundary=\r\n\r\n--\r\n",
        (
            b"Content-Type: multipart/report; boundary=b; report-type=feedback-report\r\n\r\n--b\r\n"
            b"Content-Type: message/feedback-report\r\n\r\n\xff\xff\r\n--b--\r\n"
        ),
        b"Content-Type: text/plain; charset=no-such-charset\r\n\r\n\xe9\xe9",
        b"Date: Mon, 99 Foo 0000 99:99:99 +9999\r\n\r\n",
    ],
)
def test_rubbish_is_no_bounce_and_no_error(raw: bytes) -> None:
    with pytest.raises(NoBounce):
        found(raw)
    with pytest.raises(NoBounce):
        found(raw, return_path(DIGEST, READER))


def test_a_wrong_charset_does_not_hide_a_bounce() -> None:
    mail = report(failed(Diagnostic_Code="smtp; 550 5.1.1 gone")).as_bytes()
    mail = mail.replace(b'charset="us-ascii"', b'charset="klingon-8"').replace(
        b"gone", b"g\xf6ne\x00"
    )
    finding = found(mail)
    assert finding.kind is EventKind.BOUNCED
    assert finding.reply.isprintable()


def test_the_same_mail_twice_has_one_key_and_another_has_another() -> None:
    first, second = found(report(failed())), found(report(failed()))
    assert first.dedupe_key == second.dedupe_key
    other = report(failed())
    other.replace_header("Message-ID", "<bounce.2@mx.example.net>")
    assert found(other).dedupe_key != first.dedupe_key
