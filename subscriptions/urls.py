"""The pages of readers."""

from django.urls import path, register_converter

from subscriptions.views import (
    address_change,
    confirm,
    embed_api,
    embed_pages,
    leave,
    manage,
    preferences,
    sign_up,
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
    path("", sign_up.newsletters, name="newsletters"),
    path("subscribe/", sign_up.subscribe, name="subscribe"),
    path("subscribed/", sign_up.subscribed, name="subscribed"),
    path("confirm/<str:token>/", confirm.confirm, name="confirm"),
    path("not-me/<str:token>/", confirm.not_me, name="not_me"),
    path("embed/v1.js", embed_api.embed_script, name="embed_script"),
    path("embed/<public_id:public_id>/", embed_pages.embed_frame, name="embed_frame"),
    path("embed/<public_id:public_id>/thanks/", embed_pages.embed_thanks, name="embed_thanks"),
    path(
        "embed/<public_id:public_id>/subscribe/",
        embed_pages.embed_subscribe,
        name="embed_subscribe",
    ),
    path("embed/<public_id:public_id>/config.json", embed_api.embed_config, name="embed_config"),
    path("embed/<public_id:public_id>/sign-up.json", embed_api.embed_sign_up, name="embed_sign_up"),
    path("unsubscribe/<str:token>/", leave.unsubscribe, name="unsubscribe"),
    path("preferences/", preferences.ask_for_link, name="ask_for_link"),
    path("preferences/<str:token>/", preferences.preferences_page, name="preferences"),
    path("preferences/manage/<str:token>/", manage.manage, name="manage"),
    path("preferences/manage/<str:token>/address/", manage.new_address, name="new_address"),
    path("preferences/manage/<str:token>/zone/", manage.zone, name="zone"),
    path("preferences/manage/<str:token>/data/", manage.download, name="my_data"),
    path("preferences/manage/<str:token>/erase/", manage.erase, name="erase"),
    path("preferences/manage/<str:token>/done/", manage.done, name="manage_done"),
    path("preferences/address/<str:token>/", address_change.change_address, name="change_address"),
]
