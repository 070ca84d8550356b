"""The pages of readers."""

from django.urls import path, register_converter

from subscriptions import (
    address_pages,
    embed_pages,
    embed_views,
    leave_pages,
    manage_pages,
    preference_pages,
    sign_up_pages,
    views,
)


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
    path("unsubscribe/<str:token>/", leave_pages.unsubscribe, name="unsubscribe"),
    path("preferences/", preference_pages.ask_for_link, name="ask_for_link"),
    path("preferences/<str:token>/", preference_pages.preferences_page, name="preferences"),
    path("preferences/manage/<str:token>/", manage_pages.manage, name="manage"),
    path("preferences/manage/<str:token>/address/", manage_pages.new_address, name="new_address"),
    path("preferences/manage/<str:token>/zone/", manage_pages.zone, name="zone"),
    path("preferences/manage/<str:token>/data/", manage_pages.download, name="my_data"),
    path("preferences/manage/<str:token>/erase/", manage_pages.erase, name="erase"),
    path("preferences/manage/<str:token>/done/", manage_pages.done, name="manage_done"),
    path("preferences/address/<str:token>/", address_pages.change_address, name="change_address"),
]
