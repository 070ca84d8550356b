"""Whether another picture stands at an address by now: a paper that took the wrong one often keeps the file’s name."""

import logging
from datetime import datetime, timedelta

from digests.assembly.copying import answered, files_of
from digests.assembly.pictures import prepare_picture
from digests.choices import EDITABLE_STATES, ImageChoice
from digests.models import Image
from digests.outside.failures import FetchError, PictureError
from digests.outside.guard import PICTURE_LIMITS, guarded_get

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=15)
AHEAD = timedelta(hours=48)  # of digests that go out by then
AT_ONCE = 50
NOT_MODIFIED = 304


def due_ids(*, now: datetime) -> list[int]:
    """Pictures to check again: their digests go out within AHEAD, and nobody has checked them for EVERY."""
    shown = Image.objects.filter(
        items__section__digest__state__in=EDITABLE_STATES,
        items__section__digest__assembled_at__isnull=False,
        items__section__digest__miss_at__gt=now,
        items__section__digest__due_at__lte=now + AHEAD,
        items__image_choice=ImageChoice.STORY,
        source_url__startswith="http",
    )
    waiting = shown.exclude(checked_at__gt=now - EVERY).exclude(created_at__gt=now - EVERY)
    return list(waiting.order_by("checked_at").values_list("pk", flat=True).distinct()[:AT_ONCE])


def renew(image_id: int, *, now: datetime, allow: frozenset[str]) -> bool:
    """Ask for it again; whether it is another. A picture that cannot be had any more stays as we have it."""
    won = Image.objects.filter(pk=image_id).exclude(checked_at__gt=now - EVERY)
    if not won.update(checked_at=now):
        return False
    image = Image.objects.get(pk=image_id)
    asked = {"If-None-Match": image.etag, "If-Modified-Since": image.last_modified}
    headers = {name: value for name, value in asked.items() if value}
    try:
        response = guarded_get(
            image.source_url, limits=PICTURE_LIMITS, allow=allow, headers=headers
        )
        if response.status == NOT_MODIFIED:
            return False
        prepared = prepare_picture(response.body)
    except (FetchError, PictureError) as error:
        logger.info("The picture %s: %s", image.source_url, error)
        return False
    files = files_of(prepared)
    is_other = bool(files["large_file"] != image.large_file.name)
    changed = {**files, "replaced_at": now} if is_other else {}
    Image.objects.filter(pk=image_id).update(**answered(response), **changed)
    return is_other
