"""A template that got into the database past its page never reaches a reader."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client

from digests import versions
from digests.archive.reading import page_path
from digests.choices import ApprovalRule, DigestState
from digests.decisions import approval
from digests.delivery.freezing import Freeze, freeze
from digests.models import Alert, Batch, Digest, Template
from digests.preflight.running import report_on
from tests.builders import NOON, Press
from tests.digests.designing.filled import filled
from tests.staff import signed_in

# 17 KB that overran the compiler's stack, and with it ended the web server and the workers; and rather too much text.
DEEP = f"<p>{'<b>' * 2_500}x{'</b>' * 2_500}</p>"
LISTS = f"{'<ul><li>' * 2_500}x{'</li></ul>' * 2_500}"
LONG = f"<p>{'x' * 300_000}</p>"
DEEP_MJML = (
    "<mj-section><mj-column><mj-text>"
    f"{'<b>' * 300}x{'</b>' * 300}</mj-text></mj-column></mj-section>"
)
BROKEN = "<mj-section>\n<mj-tetx>Hello</mj-tetx>\n</mj-section>"


def write(template: Template, **values: str) -> None:
    """As somebody at a database prompt."""
    columns = ", ".join(f"{name} = %s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE digests_template SET {columns} WHERE id = %s",
            [*values.values(), template.pk],
        )


def draft(press: Press, **fields: Any) -> Digest:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = press.digest(newsletter, **fields)
    press.carry(digest, press.article())
    return digest


@pytest.mark.parametrize(
    "values",
    [
        {"band": "red"},
        {"ink": "#FFFFFF;}"},
        {"paper": "url(x)"},
        {"dark_page": "#fffff"},
        {"accent": "#ffffff\n"},
        {"design": "poster"},
        {"faces": "comic"},
        {"nameplate": "hat"},
    ],
)
def test_what_no_design_knows_is_refused_by_the_database(
    press: Press, values: dict[str, str]
) -> None:
    template = press.newsletter().template
    with pytest.raises(DatabaseError), transaction.atomic():
        write(template, **values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"own_mjml": BROKEN}, "Line 2 of the own MJML: <mj-tetx> is not known"),
        ({"own_mjml": "<mj-section>"}, "mismatched tag"),
        ({"ink": "#fafafa"}, "Text (1.0"),
        ({"dark_accent": "#222222"}, "Accent by night"),
    ],
)
def test_a_broken_one_blocks_a_draft_and_cannot_be_approved(
    press: Press, values: dict[str, str], words: str
) -> None:
    digest = draft(press)
    assert report_on(digest, now=NOON).blocking == ()
    write(digest.newsletter.template, **values)
    found = report_on(Digest.objects.get(pk=digest.pk), now=NOON).blocking
    assert any(words in finding.text for finding in found)
    with pytest.raises(
        approval.CannotApprove, match=r"cannot be rendered|hard to read|cannot be read"
    ):
        approval.approve(digest, by=None, now=NOON)


@pytest.mark.parametrize("values", [{"own_mjml": BROKEN}, {"ink": "#fafafa"}])
def test_the_rule_that_sends_it_as_assembled_holds_it_instead(
    press: Press, values: dict[str, str]
) -> None:
    digest = draft(press, approval_rule=ApprovalRule.SEND_ASSEMBLED)
    write(digest.newsletter.template, **values)
    approval.decide_at_deadline(digest.pk, now=digest.deadline_at + timedelta(seconds=1))
    digest.refresh_from_db()
    assert digest.state == DigestState.HELD
    assert freeze(digest.pk, now=digest.due_at) is Freeze.NOT_DUE
    assert Alert.objects.filter(digest=digest, cleared_at=None).exists()
    assert not Batch.objects.exists()


def test_a_version_that_was_kept_of_a_broken_look_is_held_at_the_freeze(press: Press) -> None:
    """As if its approval had been written past approving, too."""
    digest = draft(press)
    write(digest.newsletter.template, ink="#fafafa")
    version = versions.keep(Digest.objects.get(pk=digest.pk), by=None, now=NOON)
    Digest.objects.filter(pk=digest.pk).update(
        approved_version=version, approved_at=NOON, state=DigestState.APPROVED
    )
    assert freeze(digest.pk, now=digest.due_at) is Freeze.HELD
    digest.refresh_from_db()
    assert "Text (1.0" in digest.state_reason
    assert not Batch.objects.exists()


def test_a_version_without_its_address_is_held_at_the_freeze(press: Press) -> None:
    digest = draft(press)
    kept = versions.draft_of(digest)
    html = kept.html.replace("1 Quay Street, Port Aldwyn", "")
    version = digest.versions.create(
        number=1,
        subject=kept.subject,
        preheader=kept.preheader,
        html=html,
        text=kept.text,
        headers=kept.headers,
        article_ids=list(kept.article_ids),
        content=kept.content,
        fingerprint=kept.fingerprint,
        created_at=NOON,
    )
    Digest.objects.filter(pk=digest.pk).update(
        approved_version=version, approved_at=NOON, state=DigestState.APPROVED
    )
    assert freeze(digest.pk, now=digest.due_at) is Freeze.HELD
    digest.refresh_from_db()
    assert digest.state_reason == "The HTML does not name the postal address."


def test_what_was_approved_before_it_broke_goes_out_as_it_was(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = press.approved(newsletter)
    write(newsletter.template, own_mjml=BROKEN)
    assert freeze(digest.pk, now=digest.due_at) is Freeze.DONE
    digest.refresh_from_db()
    assert digest.sending_version == digest.approved_version


def test_preflight_leads_to_the_design_and_its_page_says_what_is_wrong(press: Press) -> None:
    digest = draft(press)
    template = digest.newsletter.template
    write(template, own_mjml=BROKEN)
    client: Client = signed_in("publisher")
    shown = client.get(f"/admin/digests/digest/{digest.pk}/preflight/").content.decode()
    page = f"/admin/digests/template/of/{template.newsletter_id}/"
    assert page in shown
    design = client.get(page, follow=True)
    assert design.status_code == 200
    words = design.content.decode()
    assert "Line 2 of the own MJML" in words
    assert "&lt;mj-tetx&gt;Hello" in words  # nothing of it is lost


@pytest.mark.parametrize("words", [DEEP, LISTS, LONG], ids=["deep", "lists", "long"])
@pytest.mark.parametrize("name", ["intro", "outro"])
def test_words_that_no_mail_can_hold_are_a_finding_and_every_page_of_the_desk_opens(
    press: Press, name: str, words: str
) -> None:
    """As they were saved before there was a limit."""
    digest = draft(press)
    Digest.objects.filter(pk=digest.pk).update(**{name: words})
    write(digest.newsletter.template, **{name: words})
    digest = Digest.objects.get(pk=digest.pk)
    (found,) = report_on(digest, now=NOON).blocking
    assert found.text.startswith("It cannot be rendered. ")
    with pytest.raises(approval.CannotApprove, match="It cannot be rendered"):
        approval.approve(digest, by=None, now=NOON)
    client = signed_in("publisher")
    for page in pages_of(digest):
        assert client.get(page, follow=True).status_code in (200, 409), page
    shown = client.get(f"/admin/digests/digest/{digest.pk}/compose/").content.decode()
    assert "<b><b>" not in shown
    assert "<li><ul>" not in shown


def pages_of(digest: Digest) -> list[str]:
    desk, newsletter = f"/admin/digests/digest/{digest.pk}", digest.newsletter_id
    return [
        "/admin/",
        *(f"{desk}/{page}" for page in ("change/", "compose/", "compose/mail/", "preflight/")),
        *(f"{desk}/{page}" for page in ("preview/", "preview/mail.html", "preview/mail.eml")),
        "/admin/digests/digest/calendar/",
        f"/admin/subscriptions/newsletter/{newsletter}/change/",
        f"/admin/digests/template/of/{newsletter}/",
    ]


@pytest.mark.parametrize("name", ["intro", "outro"])
def test_a_template_takes_no_words_that_no_mail_can_hold(press: Press, name: str) -> None:
    template = press.newsletter().template
    for words in (DEEP, LISTS, LONG):
        setattr(template, name, words)
        with pytest.raises(ValidationError, match=r"room for|within one another"):
            template.full_clean()
    setattr(template, name, "<p>Good <b>morning</b>.</p>")
    template.full_clean()


def test_own_mjml_too_deep_is_said_on_its_page_and_its_preview(press: Press) -> None:
    template = press.newsletter().template
    write(template, own_mjml=DEEP_MJML)
    client = signed_in("analyst")
    page = client.get(f"/admin/digests/template/of/{template.newsletter_id}/", follow=True)
    assert "too deep" in page.content.decode()
    answer = client.post(f"/admin/digests/template/{template.pk}/preview/", filled(template))
    assert answer.status_code < 500
    assert "too deep" in answer.content.decode()


def test_what_was_sent_before_there_was_a_limit_can_still_be_read(press: Press) -> None:
    digest = draft(press)
    version = versions.keep(digest, by=None, now=NOON)
    content = version.content | {"intro": DEEP, "outro": LONG}
    # Nothing changes a version, so this one is written as it would have been kept.
    kept = digest.versions.create(
        number=2,
        content=content,
        fingerprint="x" * 64,
        created_at=NOON,
        **{
            name: getattr(version, name)
            for name in ("subject", "preheader", "html", "text", "headers", "article_ids")
        },
    )
    Digest.objects.filter(pk=digest.pk).update(
        state=DigestState.SENT, sending_version=kept, frozen_at=NOON, audience_size=0, sent_at=NOON
    )
    digest.refresh_from_db()
    page = Client().get(page_path(digest))
    assert page.status_code == 200
    assert "<b><b>" not in page.content.decode()
