"""Random names for rows that stand in links, so that a link tells nothing of how many there are."""

import secrets

PUBLIC_ID_BYTES = 12
PUBLIC_ID_LENGTH = 16  # 12 bytes in URL-safe base64, which then needs no padding


def new_public_id() -> str:
    return secrets.token_urlsafe(PUBLIC_ID_BYTES)
