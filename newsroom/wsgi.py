"""What the web server runs."""

import contextlib
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

# Threads of one interpreter take turns. One that wakes must not push another off the core, only to find that it is
# not its turn: sched(7) calls this scheduling “batch”. Threads that are started from here on inherit it. Where the
# system knows no such thing, or refuses it, sign-ups are somewhat slower under load.
with contextlib.suppress(AttributeError, OSError):
    if os.sched_getscheduler(0) == os.SCHED_OTHER:  # and no other that the operator has chosen
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))

try:
    _application = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"newsroom: {error}")

from newsroom import lookout, starting  # models can be imported only now

application = starting.guarded(_application)
lookout.start()
