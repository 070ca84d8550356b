import re
from email import message_from_bytes, policy

import pytest
from django.apps import apps
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digests.admin.preview import in_theme
from digests.choices import DigestState
from digests.messages.message import SAMPLE, Message
from digests.messages.message import load as load_message
from digests.models import Digest
from digests.versions import draft_of
from subscriptions import links
from tests.builders import Press
from tests.staff import chief, signed_in


@pytest.fixture
def analyst(press: Press) -> Client:
    return signed_in("analyst")


def page(digest: Digest, name: str = "") -> str:
    return f"/admin/digests/digest/{digest.pk}/preview/{name}"


def handed_over(mail: EmailMultiAlternatives) -> bytes:
    return str(mail.alternatives[0][0]).encode()


def test_an_approved_digest_is_shown_as_its_version_is_handed_over(
    press: Press, analyst: Client
) -> None:
    digest = press.approved(press.newsletter())
    assert digest.approved_version_id is not None
    mail = load_message(digest.approved_version_id).personalised(SAMPLE)
    assert analyst.get(page(digest, "mail.html")).content == handed_over(mail)


def test_a_draft_is_shown_as_it_would_be_handed_over(press: Press, analyst: Client) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article("A headline with <b>marks</b> & signs"))
    mail = Message.of(digest, draft_of(digest)).personalised(SAMPLE)
    assert analyst.get(page(digest, "mail.html")).content == handed_over(mail)


def test_after_approval_readers_copy_is_shown_and_the_draft_on_demand(
    press: Press, analyst: Client
) -> None:
    digest = press.approved(press.newsletter(), subject="As it was approved")
    Digest.objects.filter(pk=digest.pk).update(intro="Written after the approval.")
    assert b"Written after" not in analyst.get(page(digest, "mail.html")).content
    assert b"Written after" in analyst.get(page(digest, "mail.html?of=draft")).content
    words = analyst.get(page(digest)).content.decode()
    assert "Changed since approval." in words
    assert "as it was approved" in words


def test_once_it_is_sent_only_what_is_sent_is_shown(press: Press, analyst: Client) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 1)
    digest = press.frozen(newsletter)
    Digest.objects.filter(pk=digest.pk).update(intro="Too late.")
    assert b"Too late." not in analyst.get(page(digest, "mail.html?of=draft")).content


def test_the_source_is_the_whole_mail(press: Press, analyst: Client) -> None:
    digest = press.approved(press.newsletter())
    response = analyst.get(page(digest, "mail.eml"))
    assert response["Content-Type"] == "message/rfc822"
    mail = message_from_bytes(response.content, policy=policy.default)
    assert mail["To"] == "reader@example.org"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    parts = [part.get_content_type() for part in mail.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]


def test_the_page_shows_subject_headers_weight_and_text(press: Press, analyst: Client) -> None:
    digest = press.approved(press.newsletter(), subject="A <script> in a subject")
    words = analyst.get(page(digest)).content.decode()
    for shown in ("A &lt;script&gt; in a subject", "List-Unsubscribe-Post", "bytes of HTML"):
        assert shown in words
    assert "A <script> in" not in words


def test_the_frame_runs_nothing_and_is_framed_by_us_alone(press: Press, analyst: Client) -> None:
    digest = press.approved(press.newsletter())
    response = analyst.get(page(digest, "mail.html"))
    frame = response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "default-src 'none'" in frame
    assert "sandbox allow-popups" in frame
    assert "script" not in frame
    assert analyst.get(page(digest))["X-Frame-Options"] == "DENY"
    sandboxes = re.findall(r'<iframe sandbox="([^"]*)"', analyst.get(page(digest)).content.decode())
    assert len(sandboxes) == 2
    assert not any("allow-scripts" in value for value in sandboxes)


@pytest.mark.parametrize(
    ("theme", "query"), [("dark", "(min-width:0)"), ("light", "(max-width:0)")]
)
def test_a_theme_decides_the_media_queries_of_a_copy(theme: str, query: str) -> None:
    html = "<style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style>"
    assert in_theme(html, theme) == html.replace("(prefers-color-scheme: dark)", query)  # type: ignore[arg-type]


def test_the_mail_of_a_digest_has_a_dark_side(press: Press, analyst: Client) -> None:
    digest = press.approved(press.newsletter())
    plain = analyst.get(page(digest, "mail.html")).content
    assert b"prefers-color-scheme" in plain
    assert b"prefers-color-scheme" not in analyst.get(page(digest, "mail.html?theme=dark")).content


def test_the_theme_of_the_mail_is_not_that_of_the_page(press: Press, analyst: Client) -> None:
    """The page keeps to what its reader's device or menu says, whatever the mail in it is shown in."""
    shown = analyst.get(page(press.approved(press.newsletter()), "?theme=dark")).content.decode()
    assert "mail.html?theme=dark" in shown
    tag = shown[shown.index("<html") : shown.index(">", shown.index("<html"))]
    assert "class=" not in tag
    assert "dark" not in tag


@pytest.mark.parametrize("name", ["", "mail.html", "mail.eml"])
def test_what_cannot_be_rendered_is_explained(press: Press, analyst: Client, name: str) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article("A bad link", url="javascript:alert(1)"))
    response = analyst.get(page(digest, name))
    words = response.content.decode()
    assert response.status_code == (409 if name else 200)
    assert "A bad link" in words
    assert "Traceback" not in words


@pytest.mark.parametrize("name", ["", "mail.html", "mail.eml"])
def test_a_preview_is_for_staff(press: Press, client: Client, name: str) -> None:
    digest = press.approved(press.newsletter())
    assert client.get(page(digest, name)).status_code == 302
    assert digest.state == DigestState.APPROVED


def test_the_plain_side_is_shown_by_itself(press: Press, analyst: Client) -> None:
    digest = press.approved(press.newsletter())
    response = analyst.get(page(digest, "mail.txt"))
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert b"MORNING BRIEFING" in response.content
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_images_can_be_left_out_of_a_copy(press: Press, analyst: Client) -> None:
    digest = press.approved(press.newsletter())
    policy = analyst.get(page(digest, "mail.html?images=off"))["Content-Security-Policy"]
    assert "img-src 'none'" in policy
    assert "img-src *" in analyst.get(page(digest, "mail.html"))["Content-Security-Policy"]


def test_a_reader_is_looked_up_only_by_those_who_look_after_readers(
    press: Press, analyst: Client
) -> None:
    digest = press.approved(press.newsletter())
    reader = press.reader(digest.newsletter, address="ada@example.org")
    told = analyst.get(page(digest, "mail.html?reader=ada@example.org"))
    assert told.status_code == 409
    assert b"You do not have permission to look up" in told.content
    boss = chief()
    shown = boss.get(page(digest, "mail.html?reader=ADA@example.org")).content.decode()
    assert "ada@example.org" in shown
    assert links.bulk_links(digest.newsletter.public_id).leave_url(reader.public_id) in shown
    assert b"No reader has" in boss.get(page(digest, "mail.html?reader=x@example.org")).content


@pytest.mark.parametrize("by", ["address", "public_id"])
def test_one_of_very_many_readers_is_looked_up_by_an_index(press: Press, by: str) -> None:
    digest = press.approved(press.newsletter())
    press.readers(digest.newsletter, 2000)  # fewer are read from first to last sooner
    reader = press.reader(digest.newsletter, address="Ada@example.org")
    boss = chief()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subscriptions_subscriber")
    with CaptureQueriesContext(connection) as asked:
        shown = boss.get(page(digest, "mail.html"), {"reader": getattr(reader, by)})
    assert reader.address in shown.content.decode()
    plans = [_plan(query["sql"]) for query in asked if '"subscriptions_subscriber"' in query["sql"]]
    assert plans
    assert all("Index" in plan and "Seq Scan" not in plan for plan in plans), plans


def _plan(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(
    "asked", ["nobody", "a@b@c", "%", "@", "ada@example.org\0", "\0", "x" * 5000, "ä@exämple.org"]
)
def test_whatever_is_no_reader_is_nobody(press: Press, asked: str) -> None:
    digest = press.approved(press.newsletter())
    press.reader(digest.newsletter, address="ada@example.org")
    boss = chief()
    for name in ("mail.html", "mail.txt", "mail.eml"):
        told = boss.get(page(digest, name), {"reader": asked})
        assert told.status_code == 409
        assert b"No reader has" in told.content


def test_looking_writes_nothing_but_who_looked_as_a_reader(press: Press) -> None:
    """Also at the digest of a newsletter that nobody has given a template."""
    newsletter = press.newsletter()
    digest = press.digest(newsletter)
    press.carry(digest, press.article())
    reader = press.reader(newsletter)
    newsletter.template.delete()
    boss = chief()
    before = _rows()
    looks = [
        "",
        "?of=draft",
        "mail.html",
        "mail.txt?of=draft",
        "mail.eml",
        f"mail.html?reader={reader}",
    ]
    for look in looks:
        assert boss.get(page(digest, look)).status_code == 200, look
    for part in ("", "mail/", "candidates/", "history/", "filling/"):
        assert boss.get(f"/admin/digests/digest/{digest.pk}/compose/{part}").status_code == 200
    assert _rows() == before | {"admin.LogEntry": 1}


def _rows() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}
