"""How root runs PostgreSQL, which refuses to run as root.

First choice is a user namespace in which root is nobody: files stay root's own. Where containers forbid namespaces, the
user `nobody` runs it and owns the data folder. Only folders that we made change hands.
"""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from newsroom.local_servers.errors import LocalServerError
from newsroom.local_servers.launching import clean_environment

FALLBACK_USER = "nobody"
# Needs no program beyond Python; drops everything, then becomes the command.
BECOME = (
    "import os,sys;u,g=map(int,sys.argv[1:3]);"
    "os.setgroups([]);os.setgid(g);os.setuid(u);os.execv(sys.argv[3],sys.argv[3:])"
)
PROBE = 'cd -- "$0" && exec "$1" --version'


def prefix_for(home: Path, program: Path) -> list[str]:
    """The words to put before a PostgreSQL command that works in `home`; none for an ordinary user.

    An empty `home` is given to the fallback user if it comes to that.
    """
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    if unshare:
        prefix = [unshare, "-U", "--"]
        if _can_work(prefix, home, program):
            return prefix
    user = fallback_user()
    prefix = [sys.executable, "-I", "-S", "-c", BECOME, str(user.pw_uid), str(user.pw_gid)]
    if not any(home.iterdir()):
        os.chown(home, user.pw_uid, user.pw_gid)
    if _can_work(prefix, home, program):
        return prefix
    raise LocalServerError(
        f"PostgreSQL must not run as root, and neither a user namespace nor the user "
        f"{FALLBACK_USER} can reach both {home} and {program}: work as an ordinary user, or set "
        "DATABASE_URL."
    )


def fallback_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(FALLBACK_USER)
    except KeyError:
        raise LocalServerError(
            f"PostgreSQL must not run as root and there is no user {FALLBACK_USER} to run it: work "
            "as an ordinary user, or set DATABASE_URL."
        ) from None


def _can_work(prefix: list[str], home: Path, program: Path) -> bool:
    probe = subprocess.run(  # noqa: S603 - our own words
        [*prefix, "/bin/sh", "-c", PROBE, str(home), str(program)],
        cwd="/",
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return probe.returncode == 0
