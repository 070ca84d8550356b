"""The project's own settings in test mode: real servers, mail in memory unless a test says otherwise."""

import os

os.environ["NEWSROOM_MODE"] = "test"
os.environ.setdefault("MAIL_URL", "memory://")

from newsroom.settings import *  # noqa: F403 - the mode must be set first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests log in often
# A fresh checkout has no collected files, and needs none.
WHITENOISE_AUTOREFRESH = True
# Doorbells ring into memory: what a worker does, tests call by its name. Flow tests start real workers.
CELERY_BROKER_URL = "memory://"
