"""What the domain of an address tells: a slip of the finger, or a mailbox that is thrown away in ten minutes."""

from difflib import get_close_matches
from functools import lru_cache

from disposable_email_domains import blocklist

# Where most readers have their mailbox. Each is right as it stands, so none is taken for a slip of another.
_NAMES = """
    gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es ymail.com rocketmail.com hotmail.com
    hotmail.co.uk hotmail.fr hotmail.de hotmail.es outlook.com outlook.de outlook.fr outlook.es live.com live.co.uk
    live.fr msn.com icloud.com me.com mac.com aol.com aol.de gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de
    freenet.de posteo.de mailbox.org orange.fr wanadoo.fr free.fr laposte.net sfr.fr proton.me protonmail.com
    fastmail.com mail.com email.com zoho.com yandex.com yandex.ru mail.ru qq.com 163.com comcast.net verizon.net
    btinternet.com sky.com virginmedia.com telefonica.net terra.es bluewin.ch
"""
PROVIDERS = tuple(_NAMES.split())
# Of one: gmial.com, gmail.con and outlok.com are meant, hotmail.it and yahoo.ca are not.
LIKENESS = 0.87


def suggestion(address: str) -> str:
    """The address as it was probably meant; empty when nothing looks wrong with it."""
    local, _at, domain = address.rpartition("@")
    meant = _meant(domain)
    return f"{local}@{meant}" if meant else ""


@lru_cache(maxsize=10_000)
def _meant(domain: str) -> str:
    if domain in PROVIDERS:
        return ""
    return next(iter(get_close_matches(domain, PROVIDERS, n=1, cutoff=LIKENESS)), "")


def is_disposable(address: str) -> bool:
    """Known to hand out mailboxes for minutes, also by any name below the domain that is known."""
    labels = address.rpartition("@")[2].split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))
