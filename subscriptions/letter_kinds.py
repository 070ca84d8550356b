"""The words of each kind of letter that this app sends."""

from datetime import datetime

from subscriptions import links
from subscriptions.letters import Obsolete, Words, writer
from subscriptions.models import Letter, SignUp
from subscriptions.signup import CONFIRMATION


@writer(CONFIRMATION)
def confirmation(letter: Letter, now: datetime) -> Words:
    sign_up = SignUp.objects.filter(public_id=letter.context["sign_up"]).first()
    if sign_up is None:
        raise Obsolete("A newer letter asks the same.")
    if sign_up.confirmed_at is not None:
        raise Obsolete("The reader has confirmed.")
    return Words(
        "Confirm", links.confirm_url(sign_up.public_id), links.confirm_url(sign_up.public_id)
    )
