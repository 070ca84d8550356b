"""Files of logos that nobody ever saved go after some days; whatever a mail or the history shows stays."""

import os
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from pytest_django import Settings

from digests import versions
from digests.designing import unused_logos
from digests.designing.logos import KeptLogo, keep, prepared
from digests.designing.saving import Faulty, SectionWish, Wish, save
from digests.designing.unused_logos import purge
from digests.models import LookChange, Template
from digests.models.look import LOOK_FIELDS
from subscriptions.clock import database_now
from tests.at_once import at_once
from tests.builders import NOON, Press
from tests.digests.designing.filled import filled
from tests.digests.designing.test_logos import drawing
from tests.staff import signed_in


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def template(press: Press) -> Template:
    return press.newsletter().template


@pytest.fixture
def editor(db: None) -> User:
    return User.objects.create_user("anna")


def kept(width: int) -> KeptLogo:
    """Each width another logo, long ago."""
    logo = keep(prepared(drawing((width, 60))))
    brought(logo.name, unused_logos.KEPT + timedelta(minutes=1))
    return logo


def brought(name: str, ago: timedelta = timedelta(0)) -> None:
    """By the database's clock: that of the file system may be another."""
    moment = (database_now() - ago).timestamp()
    os.utime(default_storage.path(name), (moment, moment))


def wish(template: Template, logo: KeptLogo) -> Wish:
    look = {name: getattr(template, name) for name in LOOK_FIELDS}
    return Wish(look, logo, [SectionWish(row) for row in template.sections.all()])


def saved(template: Template, logo: KeptLogo, editor: User) -> None:
    template.refresh_from_db()
    save(template, wish(template, logo), seen=template.revision, by=editor, now=NOON)


def test_what_nobody_saved_goes_and_what_was_ever_saved_stays(
    template: Template, editor: User
) -> None:
    replaced, shown, refused = kept(200), kept(220), kept(240)
    saved(template, replaced, editor)
    saved(template, shown, editor)
    just_brought = keep(prepared(drawing((260, 60))))
    brought(just_brought.name)
    assert purge(now=database_now()) == [refused.name]
    for logo in (replaced, shown, just_brought):
        assert default_storage.exists(logo.name)
    assert purge(now=database_now()) == []


def test_what_a_mail_shows_stays_whatever_became_of_its_template(
    press: Press, template: Template, editor: User
) -> None:
    logo = kept(200)
    saved(template, logo, editor)
    digest = press.digest(template.newsletter)
    press.carry(digest, press.article())
    version = versions.keep(digest, by=None, now=NOON)
    assert logo.name in version.html
    LookChange.objects.all().delete()
    Template.objects.update(logo="")
    assert purge(now=database_now()) == []
    assert default_storage.exists(logo.name)


def test_what_a_refused_page_brought_is_kept_for_it_and_then_goes(template: Template) -> None:
    """The page carries it on; saved too late, it is asked for again, in words."""
    publisher = signed_in("publisher")
    page = f"/admin/digests/template/{template.pk}/change/"
    upload = SimpleUploadedFile("new.png", drawing((200, 60)))
    refused = publisher.post(page, filled(template, ink="#ffffff", new_logo=upload))
    assert refused.status_code == 422
    (name,) = [f"logos/{name}" for name in default_storage.listdir("logos")[1]]
    brought(name)
    assert purge(now=database_now()) == []
    token = KeptLogo(name, 200, 60).token
    brought(name, unused_logos.KEPT + timedelta(minutes=1))
    assert purge(now=database_now()) == [name]
    late = publisher.post(page, filled(template, logo_token=token))
    assert late.status_code == 422
    assert "Choose it again." in late.content.decode()
    template.refresh_from_db()
    assert not template.logo


def test_nothing_was_ever_kept(db: None) -> None:
    assert purge(now=database_now()) == []


@pytest.mark.django_db(transaction=True)
def test_a_save_that_is_under_way_is_waited_for() -> None:
    """Its logo is saved, or is gone before; never saved and gone."""
    editor = User.objects.create_user("anna")
    template, logo = Press().newsletter().template, kept(200)
    is_saved = Event()

    def save_it() -> bool:
        with transaction.atomic():
            saved(template, logo, editor)
            is_saved.set()
            Template.objects.raw("SELECT pg_sleep(1), * FROM digests_template")[0]
        return True

    def purge_it() -> bool:
        assert is_saved.wait(20)
        return purge(now=database_now()) == []

    assert at_once(save_it, purge_it) == [True, True]
    assert default_storage.exists(logo.name)


def test_a_logo_that_went_meanwhile_is_not_saved(template: Template, editor: User) -> None:
    logo = kept(200)
    purge(now=database_now())
    with pytest.raises(Faulty, match="Choose it again"):
        saved(template, logo, editor)
    template.refresh_from_db()
    assert (template.logo.name, template.revision) == ("", 0)
