"""What Redis and its libraries say of a connection they refuse, in words that say what to write instead."""

# What servers and libraries say, and what it means; the first that fits.
REFUSALS = (
    (
        "invalid username-password",
        (
            "Redis refuses this user or password: write the right ones into REDIS_URL, special "
            "characters as %23 and the like."
        ),
    ),
    ("invalid password", "Redis refuses this password: write the right one into REDIS_URL."),
    ("without any password configured", "Redis has no password: leave it out of REDIS_URL."),
    (
        "hello must be called with the client already authenticated",
        "Redis wants a password: write redis://user:password@host:6379/0 (or redis://:password@…) into REDIS_URL.",
    ),
    (
        "authentication required",
        (
            "Redis wants a password: write redis://user:password@host:6379/0 (or "
            "redis://:password@…) into REDIS_URL."
        ),
    ),
    (
        "db index is out of range",
        (
            "Redis has no database of this number: write a smaller one into REDIS_URL, 0 to 15 "
            "as a rule."
        ),
    ),
    (
        "select is not allowed in cluster mode",
        "This Redis is a cluster, which has no numbers and splits keys: take a single Redis.",
    ),
    (
        "certificate",
        (
            "The certificate of Redis cannot be verified: add "
            "?ssl_ca_certs=/path/of/its/authority.pem to REDIS_URL, or ssl_cert_reqs=none to do "
            "without."
        ),
    ),
    (
        "wrong version number",
        ("Redis speaks no TLS at this port: write redis:// into REDIS_URL, or the port that does."),
    ),
    (
        "record layer",
        ("Redis speaks no TLS at this port: write redis:// into REDIS_URL, or the port that does."),
    ),
    (
        "connection closed by server",
        "Redis closed the connection: write rediss:// into REDIS_URL if this port speaks TLS.",
    ),
    (
        "name or service not known",
        "The host of REDIS_URL is not known: write another, or its IP address.",
    ),
    (
        "connecting to",
        ("Nobody listens at the host and port of REDIS_URL: write the right ones, or start Redis."),
    ),
)


def refusal(said: str) -> str:
    """In words that say what to write instead."""
    lower = said.lower()
    for mark, text in REFUSALS:
        if mark in lower:
            return text
    return f"Redis does not answer ({said}): look at REDIS_URL."
