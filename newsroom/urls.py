"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from newsroom.media import media_urls

handler400 = "newsroom.error_pages.wrong"
handler403 = "newsroom.error_pages.forbidden"
handler404 = "newsroom.error_pages.not_found"
handler500 = "newsroom.error_pages.failed"
# Looked through from above for every request: what thousands ask for comes first.
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("subscriptions.urls")),
    path("", include("digests.urls")),
    path("admin/", admin.site.urls),
]
urlpatterns += media_urls(settings.MEDIA_URL, settings.SITE_URL)
if settings.DEMO_MAILDIR is not None:
    urlpatterns += [path("dev/mailbox/", include("tools.demo.urls"))]
