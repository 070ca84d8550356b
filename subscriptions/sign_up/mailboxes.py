"""Which mailbox an address leads to: people have one, and any number of names for it."""

# These read past dots, and have a second name.
_WITHOUT_DOTS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def mailbox_of(address: str) -> str:
    """Case folded, without a tag (name+tag@), and without dots where the provider reads past them.

    Only for counting: letters go to the address as it was typed.
    """
    local, _at, domain = address.casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _WITHOUT_DOTS:
        local, domain = local.replace(".", "") or local, _WITHOUT_DOTS[domain]
    return f"{local}@{domain}"
