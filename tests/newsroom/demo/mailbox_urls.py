"""The mailbox alone, so that its tests do not depend on the rest of the site."""

from django.urls import include, path

urlpatterns = [path("dev/mailbox/", include("newsroom.demo.urls"))]
