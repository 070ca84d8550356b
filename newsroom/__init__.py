"""Wiring: settings, servers, URLs, the Celery app. It imports the apps; they never import it."""
