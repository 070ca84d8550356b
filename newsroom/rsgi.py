"""What the web server runs: `granian --interface rsgi newsroom.rsgi:application`."""

from newsroom.wsgi import (
    application as django,
)  # makes Django ready, or ends the process with a line

# ruff: isort: split
from django.conf import settings

from newsroom.front import Front
from subscriptions.endings import at_end

application = Front(django, threads=settings.WEB_THREADS)
at_end(application.close)
