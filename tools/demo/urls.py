"""The addresses under /dev/mailbox/."""

from django.urls import path

from tools.demo import mailbox

app_name = "mailbox"
urlpatterns = [
    path("", mailbox.inbox, name="inbox"),
    path("<str:key>/", mailbox.letter, name="letter"),
    path("<str:key>/body/", mailbox.body, name="body"),
    path("<str:key>/source.eml", mailbox.source, name="source"),
]
