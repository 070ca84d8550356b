"""Secrets that sign what is posted to other programs, in the form of Standard Webhooks."""

import base64
import secrets

SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
