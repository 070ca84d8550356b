"""The Celery app: queues, and the few settings that keep a lost or doubled message harmless.

PostgreSQL is the queue; a message is a doorbell. Hence no results, no acks_late, no ETA, no retries by the broker.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

app = Celery("newsroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
