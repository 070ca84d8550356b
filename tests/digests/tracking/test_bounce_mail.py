"""Mails that came back: what is a bounce, whose, and what only looks like one."""

import contextlib
import time
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from html import escape

import pytest
from pytest_django import Settings

from digests.choices import EventKind
from digests.delivery.return_paths import return_path
from digests.tracking.bounce_mail import Finding, NoBounce, read
from digests.tracking.mail_parts import MOST_BYTES
from subscriptions import links
from subscriptions.choices import BounceKind
from subscriptions.mailing.reply_codes import classify, enhanced_code
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
    mail["Subject"] = headers.pop("Subject", "failure notice")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def test_a_status_report_names_its_reader() -> None:
    finding = found(report(failed()))
    assert finding.kind is EventKind.BOUNCED
    assert finding.returned is not None
    assert tuple(finding.returned) == (DIGEST, READER)
    assert finding.reply == "smtp; 550 5.1.1 No such user here"
    assert finding.recipient == "reader@example.com"
    assert finding.occurred_at == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("failed", EventKind.BOUNCED),
        ("Failed (permanently)", EventKind.BOUNCED),
        ("FAILURE", EventKind.BOUNCED),
        ("failure; see below", EventKind.BOUNCED),
        ("error", EventKind.BOUNCED),
        ("undelivered", EventKind.BOUNCED),
        ("undeliverable", EventKind.BOUNCED),
        ("delivery failed", EventKind.BOUNCED),
        ("delivery not possible", EventKind.BOUNCED),
        ("bounced", EventKind.BOUNCED),
        ("rejected", EventKind.BOUNCED),
        ("permanent-failure", EventKind.BOUNCED),
        ("no idea", EventKind.BOUNCED),  # then the status tells
        ("", EventKind.BOUNCED),
        ("Delayed", EventKind.DEFERRED),
        ("delayed (will be retried)", EventKind.DEFERRED),
        ("transient-failure", EventKind.DEFERRED),
        ("delivered", EventKind.DELIVERED),
        ("delivered (to mailbox)", EventKind.DELIVERED),
        ("relayed", EventKind.SENT),
        ("expanded", EventKind.SENT),
    ],
)
def test_every_action_has_its_kind(action: str, kind: EventKind) -> None:
    assert found(report(failed(Action=action))).kind is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", EventKind.BOUNCED),
        ("5.0.0 (unknown)", EventKind.BOUNCED),
        ("4.4.7", EventKind.DEFERRED),
        ("2.0.0", EventKind.DELIVERED),
    ],
)
def test_where_no_action_stands_the_status_tells(status: str, kind: EventKind) -> None:
    block = failed(Status=status)
    del block["Action"]
    assert found(report(block)).kind is kind


def test_the_other_servers_words_come_before_the_status() -> None:
    """Reporting servers guess a status where they are given none; replies are read from their beginning."""
    finding = found(
        report(failed(Status="5.1.1", Diagnostic_Code="smtp; 552 5.2.2 Mailbox is full"))
    )
    assert enhanced_code(finding.reply) == "5.2.2"
    assert finding.reply.endswith("(5.1.1)")


def test_without_a_diagnostic_the_words_for_people_are_the_reply() -> None:
    block = failed(Status="5.0.0")
    del block["Diagnostic-Code"]
    finding = found(report(block, words="#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##"))
    assert enhanced_code(finding.reply) == "5.1.1"


@pytest.mark.parametrize(
    "content_type",
    ["message/delivery-status", "message/global-delivery-status", "text/plain; name=details.txt"],
)
def test_a_report_is_known_under_any_type(content_type: str) -> None:
    fields = "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: utf-8; zoë@example.com\n"
    fields += "Action: failed\nStatus: 5.1.1\n"
    raw = (
        f"From: MAILER-DAEMON@mx.example.net\nTo: {return_path(DIGEST, READER)}\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n\nIt did not arrive.\n"
        f"--b\nContent-Type: {content_type}\nContent-Transfer-Encoding: 8bit\n\n{fields}\n--b--\n"
    )
    finding = found(raw.encode())
    assert finding.kind is EventKind.BOUNCED
    assert classify(finding.reply) is BounceKind.HARD


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


EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  reader@example.com
    host mx.example.com [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<reader@example.com>:
    550 5.1.1 <reader@example.com>: Nobody of that name

------ This is a copy of the message, including all the headers. ------

Received: from news.example.org
Subject: What the spam filter blocked
"""
GROUP = """Hello bounces@mail.example.org,

We are writing to tell you that the group you tried to contact (readers) may not
exist, or that you may not be allowed to post to it.
"""


@pytest.mark.parametrize(
    ("sender", "text", "headers"),
    [
        ("Mail Delivery System <Mailer-Daemon@mx.example.net>", EXIM, {}),
        ("postmaster@example.net", EXIM, {}),
        ("Anna <anna@example.net>", EXIM, {"X_Failed_Recipients": "reader@example.com"}),
        ("Anna <anna@example.net>", EXIM, {"Return_Path": "<MAILER-DAEMON@example.net>"}),
        ("noreply@example.net", EXIM, {"Return_Path": "<>", "Subject": "Undelivered mail"}),
        ("MAILER-DAEMON <>", EXIM, {}),
        ("Mail Delivery Subsystem <mailer-daemon@groups.example>", GROUP, {}),
        ("Mail Delivery Subsystem <mailer-daemon@groups.example>", "連絡しようとしたグループ",
         {"X_Failed_Recipients": "reader@example.com"}),
        ("mailer-daemon@corp.example.ru", "К сожалению, Ваше письмо не может быть доставлено", {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", ["auto-replied", "auto-replied (rejected)", "auto-generated", ""])
def test_a_mail_systems_bounce_counts_even_if_it_is_marked_as_a_reply(
    sender: str, text: str, headers: dict[str, str], mark: str
) -> None:
    mail = plain(text, **{"Subject": "Delivery Status Notification (Failure)", **headers})
    mail.replace_header("From", sender)
    if mark:
        mail["Auto-Submitted"] = mark
    finding = found(mail)
    assert finding.kind is EventKind.BOUNCED
    assert "spam" not in finding.reply  # that is the digest's own subject
    if text is EXIM:
        assert classify(finding.reply) is BounceKind.HARD


AWAY = "I am away.\n\n<reader@example.com>:\n550 5.1.1 user unknown\n"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Auto_Submitted": "auto-notified"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "Re: hello"},
    ],
)
@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("Anna <anna@example.com>", "Automatic reply: What happened", AWAY),
        ("Anna <anna@example.com>", "Re: Letters that could not be delivered", AWAY),
        ("Anna <anna@example.com>", "I have left", "This mailbox does not exist any more."),
        ("Postmaster <postmaster@example.com>", "Out of Office", AWAY),
        ("Postmaster <postmaster@example.com>", "Abwesenheit bis Montag", "Ich bin im Urlaub."),
        ("Mailer-Daemon <daemon@example.com>", "Réponse automatique", AWAY),
    ],
)
def test_an_automatic_reply_is_never_a_bounce(
    headers: dict[str, str], sender: str, subject: str, text: str
) -> None:
    mail = plain(text, Return_Path="<>", **headers)
    mail.replace_header("From", sender)
    mail.replace_header("Subject", subject)
    with pytest.raises(NoBounce, match="automatic reply"):
        found(mail)


HARD, SOFT = BounceKind.HARD, BounceKind.SOFT


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ihre Nachricht konnte nicht zugestellt werden. Der Empfänger ist unbekannt.", HARD),
        ("Die Zustellung ist fehlgeschlagen: Das Postfach ist voll.", SOFT),
        ("Votre message n’a pas pu être remis : cette adresse n’existe pas.", HARD),
        ("Échec de la remise. La boîte du destinataire est pleine.", SOFT),
        ("No se ha podido entregar su mensaje: el usuario no existe.", HARD),
        ("Su mensaje no pudo ser entregado. El buzón está lleno.", SOFT),
        ("A sua mensagem não pôde ser entregue. O endereço não existe.", HARD),
        ("Il messaggio non è stato consegnato: utente sconosciuto.", HARD),
        ("Impossibile recapitare il messaggio. La casella è piena.", SOFT),
        ("Uw bericht kon niet worden bezorgd: de ontvanger is onbekend.", HARD),
        ("Ditt meddelande kunde inte levereras. Mottagaren är okänd.", HARD),
        ("Din besked kunne ikke leveres. Modtageren findes ikke.", HARD),
        ("Viestiä ei voitu toimittaa. Vastaanottajaa ei löydy.", HARD),
        ("Wiadomość nie mogła zostać dostarczona: odbiorca nie istnieje.", HARD),
        ("Zprávu se nepodařilo doručit. Příjemce neexistuje.", HARD),
        ("Az üzenetet nem lehetett kézbesíteni: a címzett ismeretlen.", HARD),
        ("İletiniz teslim edilemedi. Alıcı bulunamadı.", HARD),
        ("Ваше письмо не может быть доставлено: получатель не найден.", HARD),
        ("Сообщение не доставлено, почтовый ящик переполнен.", SOFT),
        ("Ваш лист не доставлено: адресат, одержувач невідомий.", HARD),
        ("Państwa wiadomość nie dotarła: adresat nieznany.", HARD),
        ("Ваше письмо не доставлено: такой адрес не существует.", HARD),
        ("Su mensaje no llegó: la cuenta no existe.", HARD),
        ("تعذر تسليم رسالتك", SOFT),
        ("メールを配信できませんでした。宛先のアドレスが存在しません。", HARD),
        ("您的邮件无法投递，收件人不存在。", HARD),
        ("您的郵件無法送達：信箱已滿。", SOFT),
        ("메일을 전송할 수 없습니다. 수신자 계정이 존재하지 않습니다.", HARD),
        ("Sorry, your mail could not be delivered to reader@example.com.", SOFT),
        (
            "Jotakin tapahtui:\n550 5.1.1 <reader@example.com> User unknown",
            HARD,
        ),  # a code is enough
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "html"])
def test_prose_is_understood_in_many_languages(text: str, kind: BounceKind, charset: str) -> None:
    mail = plain("")
    mail.replace_header("Subject", "=?utf-8?q?=E2=9C=89?=")
    if charset == "html":
        mail.set_content(f"<html><body><p>{escape(text)}</p></body></html>", subtype="html")
    else:
        mail.set_content(text)
    finding = found(mail)
    assert finding.kind is EventKind.BOUNCED
    assert classify(finding.reply, said=finding.said) is kind


def test_prose_in_an_older_charset_is_read() -> None:
    mail = plain("")
    mail.set_content("Ihre Nachricht an den Empfänger ist unzustellbar.", charset="iso-8859-1")
    assert found(mail).kind is EventKind.BOUNCED


@pytest.mark.parametrize(
    "text",
    [
        "Your mail has not yet been delivered. We will continue to try for four days.",
        "Delivery to reader@example.com has been delayed. No action is required on your part.",
        "Ihre Nachricht konnte noch nicht zugestellt werden; weitere Zustellversuche folgen.",
        "La remise de votre message est retardée.",
        "Su mensaje aún no se ha entregado; seguiremos intentando.",
        "Доставка письма задерживается, попытки доставки будут продолжены.",
        "メールの配信が遅延しています。",
    ],
)
def test_what_is_still_tried_is_no_bounce(text: str) -> None:
    assert found(plain(text)).kind is EventKind.DEFERRED


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("Anna <anna@example.com>", "Re: news", "Nothing could not be delivered here: a@b.org, thanks"),
        ("no-reply@sns.example.com", "Notification",
         '{"notificationType":"Delivery","destination":["r@b.org"],"reply":"250 ok"}, x'),
        ("Postmaster <postmaster@example.com>", "Your new mailbox", "Welcome to us. Write to anna@example.com."),
        ("Anna <anna@example.com>", "Not read: news", "Your message was deleted without being read."),
    ],
)  # fmt: skip
def test_what_only_mentions_addresses_is_no_bounce(sender: str, subject: str, text: str) -> None:
    mail = plain(text)
    mail.replace_header("From", sender)
    mail.replace_header("Subject", subject)
    with pytest.raises(NoBounce, match="Nothing in it"):
        found(mail)


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


def of_microsoft(*, mark: bool = True, sender: str = "staff@hotmail.com", leave: str = "") -> bytes:
    """The Junk Mail Reporting Program's: the mail as an attachment, and no report."""
    original = f"Return-Path: <{return_path(DIGEST, READER)}>\n" if not leave else ""
    original += "X-HmXmrOriginalRecipient: reader@hotmail.com\n" if mark else ""
    original += (
        f"List-Unsubscribe: <https://news.example.org/unsubscribe/{leave}/>\n" if leave else ""
    )
    return (
        f"From: {sender}\nTo: complaints@mail.example.org\nSubject: complaint about message from 192.0.2.1\n"
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: message/rfc822\nContent-Disposition: inline\n\n"
        f"{original}Message-ID: <original@news.example.org>\nSubject: What happened\n\nNews.\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("mark", "sender"), [(True, "anybody@example.net"), (False, "staff@hotmail.com")]
)
def test_microsofts_complaints_need_no_report(mark: bool, sender: str) -> None:
    finding = found(of_microsoft(mark=mark, sender=sender))
    assert (finding.kind, finding.subscriber) == (EventKind.COMPLAINED, READER)


def test_microsofts_complaints_are_known_by_the_leave_link_too() -> None:
    token = links.sign(links.Scope.LEAVE, READER, new_public_id())
    finding = found(of_microsoft(leave=token))
    assert (finding.kind, finding.subscriber) == (EventKind.COMPLAINED, READER)
    assert finding.message_id == "<original@news.example.org>"


def test_whoever_forwards_a_digest_complains_of_nothing() -> None:
    with pytest.raises(NoBounce):
        found(of_microsoft(mark=False, sender="anna@example.com"))


def test_a_report_in_another_wrapping_is_a_report() -> None:
    mail = complaint(mail_from=return_path(DIGEST, READER))
    raw = mail.as_bytes().replace(b"multipart/report", b"multipart/mixed")
    raw = raw.replace(b'report-type="feedback-report"', b'x="y"')
    assert found(raw).kind is EventKind.COMPLAINED


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("abuse", EventKind.COMPLAINED),
        ("Abuse ", EventKind.COMPLAINED),
        ("fraud", EventKind.COMPLAINED),
        ("opt-out", EventKind.UNSUBSCRIBED),
        ("not-spam", None),
        ("virus", None),
        ("auth-failure", None),
        ("other", None),
        ("", None),
    ],
)
def test_every_type_of_feedback_has_its_meaning(word: str, kind: EventKind | None) -> None:
    mail = complaint(mail_from=return_path(DIGEST, READER), kind=word)
    if kind is None:
        with pytest.raises(NoBounce, match="of no complaint"):
            found(mail)
    else:
        assert found(mail).kind is kind


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


HEAD = b"From: MAILER-DAEMON@x.example\r\nTo: %s\r\nSubject: failure notice\r\n"
STATUS = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"


def nested(levels: int) -> bytes:
    return b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(levels)
    )


@pytest.mark.parametrize(
    "shape",
    [
        b"\r\n" + b"\n" * MOST_BYTES,
        b"\r\n" + b" \n" * MOST_BYTES,
        b"\r\n" + b"a\n" * MOST_BYTES,
        b"\r\n" + b"\r" * MOST_BYTES,
        b"\r\n" + b"a" * MOST_BYTES,
        b"\r\n" + b"-" * MOST_BYTES,
        b"\r\n" + b"a@b.c " * MOST_BYTES,
        b"\r\n" + b"<a@b.c>:\n" * MOST_BYTES,
        b"\r\n" + b"550 5.1.1 " * MOST_BYTES,
        b"\r\n" + b"delivery nicht usuario " * MOST_BYTES,
        b"a:\r\n" * MOST_BYTES,
        b"Received: x\r\n" * MOST_BYTES,
        b"X: " + b"\r\n " * MOST_BYTES,
        b"To: " + b"<" * MOST_BYTES,
        b"To: " + b"a:;" * MOST_BYTES,
        b"To: " + b"a@b.c,\r\n " * MOST_BYTES,
        b"Content-Type: multipart/report; " + b"a=b;" * MOST_BYTES,
        b"Content-Type: multipart/report; " + b"a=b;\r\n " * MOST_BYTES,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * MOST_BYTES,
        STATUS + b"\r\n" * MOST_BYTES,
        STATUS + b"a:b\r\n\r\n" * MOST_BYTES,
        STATUS + b"Action: x\r\n\r\n" * MOST_BYTES,
        nested(100) + b"a\n" * MOST_BYTES,
        nested(500) + b"a\n" * MOST_BYTES,
        nested(5000),
        b"Content-Type: message/rfc822\r\n\r\n" * 300 + b"a\n" * MOST_BYTES,
    ],
)
def test_no_shape_of_a_mail_keeps_the_command_busy(shape: bytes) -> None:
    raw = HEAD % return_path(DIGEST, READER).encode() + shape[:MOST_BYTES]
    begun = time.process_time()
    with contextlib.suppress(NoBounce):
        found(raw)
    assert time.process_time() - begun < 2


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
