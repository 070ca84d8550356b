"""What the web server runs."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

try:
    _application = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"newsroom: {error}")

from newsroom import lookout, starting  # models can be imported only now
from newsroom.charsets import reading_utf_8

application = starting.guarded(reading_utf_8(_application))
lookout.start()
