"""A digest while it is being sent: its subject test, its pause, and a story that breaks on the way."""

from django.contrib.auth.models import User

from digests import tasks
from digests.composing import wording
from digests.decisions import approval, steering
from digests.delivery import freezing
from digests.drafts.editing import Editor
from digests.models import Digest, Item, WarmUp
from subscriptions.clock import database_now
from tools.pictures.camera import Camera
from tools.pictures.desk_digests import DIGESTS
from tools.pictures.served import Site


def take_sending_pictures(camera: Camera, site: Site) -> None:
    """The weekly's sample has its subjects, everybody else waits for the better one."""
    weekly = Digest.objects.get(pk=site.draft.pk)
    page = f"{DIGESTS}{weekly.pk}/"
    WarmUp.objects.update(is_active=False)  # it would hold all of them back
    approval.approve(
        weekly, by=None, now=database_now()
    )  # it wants two people, and the rule is neither
    weekly.refresh_from_db()
    camera.take_all({"desk-digest-approved": f"{page}change/", "desk-send-now": f"{page}send-now/"})
    steering.send_now(weekly, now=database_now())
    freezing.freeze(weekly.pk, now=database_now())
    tasks.drain_now(30)
    camera.take_all(
        {
            "desk-sending": f"{page}change/",
            "desk-sending-live": f"{page}live/",
            "desk-sending-subject-test": f"{page}subject-test/",
            "desk-pause": f"{page}pause/",
        }
    )
    _rewrite_lead(weekly, site.desk.editor)
    camera.take_all(
        {"desk-stop-press": f"{page}live/", "desk-stop-press-compose": f"{page}compose/"}
    )
    steering.pause(Digest.objects.get(pk=weekly.pk))
    camera.take_all(
        {
            "desk-paused": f"{page}change/",
            "desk-paused-live": f"{page}live/",
            "desk-resume": f"{page}resume/",
            "desk-cancel-sending": f"{page}cancel/",
        }
    )
    steering.cancel(
        Digest.objects.get(pk=weekly.pk), "The ferry story is withdrawn.", now=database_now()
    )
    camera.take("desk-cancelled", f"{page}change/")


def _rewrite_lead(digest: Digest, by: User) -> None:
    lead = Item.objects.filter(section__digest=digest).order_by("section__position", "position")[0]
    editor = Editor(by, database_now())
    wording.override(digest.pk, lead.pk, {"headline": "Kevin the otter is home"}, editor)
