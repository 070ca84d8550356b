"""The pages of digests."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
