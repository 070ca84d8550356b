"""Run by peers.py with another environment's Python: sends with django-newsletter, tells what it used.

Its own way: the message's templates are rendered for every subscription, each mail opens a connection of its own, and
nothing is noted of any reader. Its tables go into a schema of their own, as those of peer_post_office.py.
"""

import json
import resource
import sys
import time
from typing import Any

import django
from django.conf import settings
from peer_post_office import cpu_us, database, prepare  # type: ignore[import-not-found]  # beside it, as a script

SLUG = "briefing"
FOLDER = f"newsletter/message/{SLUG}"


def main() -> None:
    given = json.load(sys.stdin)
    host, _colon, port = given["smtp"].rpartition(":")
    templates = {
        f"{FOLDER}/message_subject.txt": given["subject"],
        f"{FOLDER}/message.txt": as_template(given["text"], given["stand_in"]),
        f"{FOLDER}/message.html": as_template(given["html"], given["stand_in"]),
    }
    loaders = [
        ("django.template.loaders.locmem.Loader", templates),
        "django.template.loaders.app_directories.Loader",
    ]
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sites",
            "sorl.thumbnail",
            "newsletter",
        ],
        SITE_ID=1,
        SECRET_KEY="of no use",
        ROOT_URLCONF="newsletter.urls",
        DATABASES={"default": database(given["database"])},
        EMAIL_HOST=host,
        EMAIL_PORT=int(port),
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.cached.Loader", loaders)]},
            }
        ],
        LOGGING_CONFIG=None,
    )
    django.setup()
    prepare()
    submission = submit(given)
    before, begun = cpu_us(), time.perf_counter()
    submission.submit()
    used, seconds = cpu_us() - before, time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu_us": used, "peak_rss_mb": peak}))


def submit(given: dict[str, Any]) -> Any:
    """A submission to all readers, ready to be sent."""
    from django.contrib.sites.models import Site
    from django.utils import timezone
    from newsletter.models import (  # type: ignore[import-not-found]  # only in its own place
        Message,
        Newsletter,
        Submission,
        Subscription,
    )

    Newsletter.objects.all().delete()
    newsletter = Newsletter.objects.create(
        title="Briefing", slug=SLUG, sender="Courier", email="news@courier.example.org"
    )
    newsletter.site.add(Site.objects.get_current())
    message = Message.objects.create(title="Today", slug="today", newsletter=newsletter)
    submission = Submission.objects.create(
        newsletter=newsletter, message=message, prepared=True, publish_date=timezone.now()
    )
    subscribed = Subscription.objects.bulk_create(
        Subscription(
            newsletter=newsletter,
            email_field=address,
            name_field="",
            subscribed=True,
            activation_code=str(number),
        )
        for number, address in enumerate(given["readers"])
    )
    submission.subscriptions.add(*subscribed)
    return submission


def as_template(text: str, stand_in: str) -> str:
    own = "{% endverbatim %}{{ subscription.email }}{% verbatim %}"
    return "{% verbatim %}" + text.replace(stand_in, own) + "{% endverbatim %}"


if __name__ == "__main__":
    main()
