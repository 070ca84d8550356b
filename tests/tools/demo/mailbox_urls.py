"""The site with its mailbox, as the demo has it."""

from django.urls import include, path

urlpatterns = [
    path("dev/mailbox/", include("tools.demo.urls")),
    path("", include("newsroom.urls")),
]
