"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.static import serve

from newsroom import health

handler404 = "subscriptions.pages.not_found"
# Looked through from above for every request: what thousands ask for comes first.
urlpatterns = [
    path("", include("subscriptions.urls")),
    path("", include("digests.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
]
if settings.MODE != "production":
    # In production a web server, or a bucket behind MEDIA_URL, serves these.
    urlpatterns += [path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT})]
if settings.DEMO_MAILDIR is not None:
    urlpatterns += [path("dev/mailbox/", include("newsroom.demo.urls"))]
