"""Where the private servers of a data folder listen, and making sure that they do."""

import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from newsroom.local_servers import guardian, locks, postgres, redis
from newsroom.local_servers.errors import LocalServerError
from newsroom.local_servers.launching import Recipe, bring_up

# sockaddr_un holds 108 bytes on Linux and 104 elsewhere, the closing zero included.
SOCKET_PATH_BYTES = 103
DATABASE_NAME_BYTES = 63
# Variables that libpq reads although they are no options of a connection.
BESIDE = frozenset({"PGDATESTYLE", "PGTZ", "PGGEQO", "PGSERVICEFILE", "PGSYSCONFDIR"})
# Not $TMPDIR: two terminals may disagree on it and must find the same servers.
SHARED_TEMPORARY = Path("/tmp")  # noqa: S108 - the folder made in it is private, its owner checked


@dataclass(frozen=True, slots=True)
class Servers:
    folder: Path
    """Resolved data folder."""
    sockets: Path
    """Short private folder of the system's temporary directory."""

    def database_url_for(self, name: str) -> str:
        """What DATABASE_URL would be for the database of this name."""
        host = quote(str(guardian.postgres_server(self.folder, self.sockets).socket.parent))
        return f"postgresql://{postgres.SUPERUSER}@/{quote(name, safe='')}?host={host}&port={postgres.PORT}"

    def redis_url_for(self, number: int) -> str:
        return f"unix://{self._redis_socket}?db={number}"

    def broker_url_for(self, number: int) -> str:
        """The same database in Celery's words."""
        return f"redis+socket://{self._redis_socket}?virtual_host={number}"

    @property
    def _redis_socket(self) -> str:
        return quote(str(guardian.redis_server(self.folder, self.sockets).socket))


def locate(folder: Path) -> Servers:
    """Where the servers of this data folder listen, running or not."""
    resolved = folder.resolve()
    uid = os.geteuid()
    digest = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:12]
    temporary = SHARED_TEMPORARY
    if not os.access(temporary, os.W_OK | os.X_OK):
        temporary = Path(tempfile.gettempdir())
    return Servers(folder=resolved, sockets=temporary / f"newsroom-{uid}-{digest}")


def forget_terminal() -> None:
    """What a terminal tells libpq of other servers (PGPORT, PGSERVICE, PGOPTIONS, …) is not meant for these."""
    from psycopg.pq import Conninfo  # the servers themselves need nothing but the standard library

    known = {option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    for name in known | BESIDE:
        os.environ.pop(name, None)


def ensure_running(folder: Path) -> Servers:
    """Start or join the servers of this data folder; they stay at least as long as this process.

    Calling it again is cheap, and restarts a server that died meanwhile. Raises LocalServerError.
    """
    servers = locate(folder)
    recipes = [
        redis.recipe(servers.folder, servers.sockets),
        postgres.recipe(servers.folder, servers.sockets),
    ]
    try:
        _prepare_data_folder(servers.folder)
        locks.join(servers.folder)
        if not _is_complete(servers, recipes):
            with (
                locks.starting(servers.folder),
                guardian.sockets_lock(servers.sockets),
            ):
                _complete(servers, recipes)
    except OSError as error:
        raise LocalServerError(
            f"The local servers cannot use {error.filename or servers.folder}: {error.strerror}. "
            "Put that right, or set DATABASE_URL and REDIS_URL to servers of your own."
        ) from error
    return servers


def ensure_database(servers: Servers, name: str) -> None:
    """Create the database unless it is there; two may try at once. Raises LocalServerError."""
    import psycopg  # here, since settings import this module only to learn where things are

    if not name or "\0" in name or len(name.encode()) > DATABASE_NAME_BYTES:
        raise LocalServerError(
            f"{name!r} cannot be the name of a database: it has 1 to {DATABASE_NAME_BYTES} bytes."
        )
    try:
        with psycopg.connect(servers.database_url_for("postgres"), autocommit=True) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [name]).fetchone():
                return
            statement = psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
            connection.execute(statement)
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        return  # Another process was a moment faster.
    except psycopg.Error as error:
        raise LocalServerError(f"The database {name} could not be made: {error}") from error


def _is_complete(servers: Servers, recipes: list[Recipe]) -> bool:
    return (
        _are_safe_sockets(servers.sockets)
        and all(recipe.is_ready() for recipe in recipes)
        and locks.is_guarded(servers.folder)
    )


def _complete(servers: Servers, recipes: list[Recipe]) -> None:
    """Start what is missing. Needs the start lock."""
    _prepare_socket_folder(servers)
    # First, so that a kill -9 in the middle of a start leaves nothing behind either.
    locks.ensure_guardian(servers.folder, servers.sockets)
    bring_up(recipes)
    if not locks.is_guarded(servers.folder):
        log = servers.folder / "log" / "guardian.log"
        raise LocalServerError(f"The guardian of the local servers did not start: see {log}.")


def _prepare_data_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise LocalServerError(
            f"{folder} belongs to {_user_name(owner)} and you are {_user_name(os.geteuid())}: work as "
            f"{_user_name(owner)}, or delete the folder."
        )
    (folder / "log").mkdir(mode=0o700, exist_ok=True)


def _prepare_socket_folder(servers: Servers) -> None:
    longest = guardian.postgres_server(servers.folder, servers.sockets).socket
    if len(os.fsencode(longest)) > SOCKET_PATH_BYTES:
        raise LocalServerError(
            f"{servers.sockets} is too long a path for a socket: set TMPDIR to a shorter one."
        )
    servers.sockets.mkdir(mode=0o700, exist_ok=True)
    if not _are_safe_sockets(servers.sockets):
        raise LocalServerError(
            f"{servers.sockets} is not a private folder of {_user_name(os.geteuid())}, somebody else "
            "may have put it there: delete it, then try again."
        )


def _are_safe_sockets(sockets: Path) -> bool:
    """Is it a folder (no link) that belongs to us and that nobody else can look into or change?"""
    try:
        found = sockets.lstat()
    except FileNotFoundError:
        return False
    # Root lets its unprivileged PostgreSQL pass through, but not look around.
    shared_bits = 0o066 if os.geteuid() == 0 else 0o077
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return is_ours and not found.st_mode & shared_bits


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
