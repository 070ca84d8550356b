"""The pages of readers."""

from django.urls import path

from subscriptions import sign_up_pages, views

urlpatterns = [
    path("", sign_up_pages.newsletters, name="newsletters"),
    path("subscribe/", sign_up_pages.subscribe, name="subscribe"),
    path("subscribed/", sign_up_pages.subscribed, name="subscribed"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("not-me/<str:token>/", views.not_me, name="not_me"),
    path("preferences/<str:token>/", views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
