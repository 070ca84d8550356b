"""What PostgreSQL, a pooler and libpq say of a connection they refuse, in words that say what to write instead."""

from django.conf import settings

# What servers and libpq say, and what it means; the first that fits.
REFUSALS = (
    (
        "unsupported startup parameter",
        "The pooler refuses a parameter of the connection: leave it out of DATABASE_URL.",
    ),
    (
        "password authentication failed",
        (
            "PostgreSQL refuses user {user} with this password: write the right ones into "
            "DATABASE_URL, special characters as %23 and the like."
        ),
    ),
    (
        "no password supplied",
        "PostgreSQL wants a password of user {user}: write it into DATABASE_URL.",
    ),
    (
        "no pg_hba.conf entry",
        (
            "PostgreSQL lets user {user} not into database {name} from this host: add a line to "
            "its pg_hba.conf."
        ),
    ),
    (
        "certificate",
        (
            "The TLS of PostgreSQL cannot be verified: name its authority with sslrootcert=/path "
            "in DATABASE_URL."
        ),
    ),
    (
        "does not support ssl",
        (
            "PostgreSQL speaks no TLS: leave sslmode out of DATABASE_URL, or turn ssl on in its "
            "settings."
        ),
    ),
    (
        "not accept the database",
        (
            "PostgreSQL has no database {name}: CREATE DATABASE {name} OWNER {user} ENCODING "
            "'UTF8' TEMPLATE template0;"
        ),
    ),
    ('role "', "PostgreSQL has no user {user}: CREATE ROLE {user} LOGIN PASSWORD '…';"),
    (
        'database "',
        (
            "PostgreSQL has no database {name}: CREATE DATABASE {name} OWNER {user} ENCODING "
            "'UTF8' TEMPLATE template0;"
        ),
    ),
    (
        "no such database",
        "The pooler has no database {name}: add it to [databases] in its settings.",
    ),
    (
        "read-only",
        (
            "This PostgreSQL is a standby, which takes no writes: name the primary in "
            "DATABASE_URL, or both hosts, as host1,host2. Let a pooler lead to the primary."
        ),
    ),
    (
        "hot standby",
        (
            "This PostgreSQL is a standby, which takes no writes: name the primary in "
            "DATABASE_URL, or both hosts, as host1,host2. Let a pooler lead to the primary."
        ),
    ),
    (
        "resolve host",
        "The host of DATABASE_URL, {host}, is not known: write another, or its IP address.",
    ),
    (
        "refused",
        (
            "Nobody listens at {host}, port {port}: write host and port of PostgreSQL into "
            "DATABASE_URL, or start it."
        ),
    ),
    (
        "no such file",
        (
            "PostgreSQL has no socket in {host}: write host and port of PostgreSQL into "
            "DATABASE_URL, or start it."
        ),
    ),
    (
        "timeout",
        (
            "PostgreSQL does not answer at {host}, port {port}: write host and port into "
            "DATABASE_URL, or let its firewall pass us."
        ),
    ),
)


def refusal(said: str) -> str:
    """In words that say what to write instead."""
    ours = settings.DATABASES["default"]
    words = {
        "user": ours["USER"] or "of this name",
        "name": ours["NAME"],
        "host": ours["HOST"] or "this host",
        "port": ours["PORT"] or 5432,
    }
    lower = said.lower()
    for mark, text in REFUSALS:
        if mark in lower:
            return text.format(**words)
    return (
        "The database does not answer "
        f"({said.splitlines()[0] if said else 'without a word'}): look at DATABASE_URL."
    )
