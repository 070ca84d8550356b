"""The pages of readers."""

from django.urls import path

from subscriptions import views

urlpatterns = [
    path("", views.newsletters, name="newsletters"),
    path("subscribe/", views.subscribe, name="subscribe"),
    path("subscribed/", views.subscribed, name="subscribed"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("preferences/<str:token>/", views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
