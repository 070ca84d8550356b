"""The pages of readers."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
