"""The pages of readers."""

from django.urls import path, register_converter

from subscriptions import embed_pages, embed_views, sign_up_pages, views


class PublicIdConverter:
    """The characters of a public id, so that nothing else is ever looked up."""

    regex = r"[A-Za-z0-9_-]{1,40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PublicIdConverter, "public_id")

urlpatterns = [
    path("", sign_up_pages.newsletters, name="newsletters"),
    path("subscribe/", sign_up_pages.subscribe, name="subscribe"),
    path("subscribed/", sign_up_pages.subscribed, name="subscribed"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("not-me/<str:token>/", views.not_me, name="not_me"),
    path("preferences/<str:token>/", views.preferences, name="preferences"),
    path("embed/v1.js", embed_views.embed_script, name="embed_script"),
    path("embed/<public_id:public_id>/", embed_pages.embed_frame, name="embed_frame"),
    path("embed/<public_id:public_id>/thanks/", embed_pages.embed_thanks, name="embed_thanks"),
    path(
        "embed/<public_id:public_id>/subscribe/",
        embed_pages.embed_subscribe,
        name="embed_subscribe",
    ),
    path("embed/<public_id:public_id>/config.json", embed_views.embed_config, name="embed_config"),
    path(
        "embed/<public_id:public_id>/sign-up.json", embed_views.embed_sign_up, name="embed_sign_up"
    ),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
