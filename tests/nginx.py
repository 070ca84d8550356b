"""docs/proxy/nginx.conf in a real nginx on loopback, in front of the real web server."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from newsroom.processes import web
from tests.flows.office import ROOT, _free_port, open_office

NGINX, OPENSSL = shutil.which("nginx"), shutil.which("openssl")
HOST = "news.example.org"


@dataclass(frozen=True)
class Front:
    """nginx, seen from outside."""

    http: int
    https: int
    var: Path
    log: Path
    certificate: Path

    def get(self, path: str, method: str = "GET", **options: object) -> requests.Response:
        headers = {"Host": HOST, **options.pop("headers", {})}  # type: ignore[dict-item]
        return requests.request(
            method,
            f"https://127.0.0.1:{self.https}{path}",
            headers=headers,
            verify=False,
            allow_redirects=False,
            timeout=20,
            **options,  # type: ignore[arg-type]
        )


def write_conf(folder: Path, front: Front, upstream: int) -> Path:
    """Ours, with other ports and folders; and what Debian's nginx.conf has around it."""
    ours = (ROOT / "docs/proxy/nginx.conf").read_text(encoding="utf-8")
    for documented, here in (
        (r"listen \[::\]:\d+[^;]*;", ""),
        (r"listen 80;", f"listen 127.0.0.1:{front.http};"),
        (r"listen 443 ", f"listen 127.0.0.1:{front.https} "),
        (r"/etc/letsencrypt/live/[^;]*/(fullchain|privkey)\.pem", str(front.certificate)),
        (r"/opt/newsroom/var", str(front.var)),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{upstream}"),
        (r"/var/log/nginx/newsroom\.log", str(front.log)),
    ):
        ours, times = re.subn(documented, here, ours)
        assert times, documented
    temporary = "\n".join(
        f"{name}_temp_path {folder / name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = folder / "nginx.conf"
    conf.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"{'user root;' if os.geteuid() == 0 else ''}\n"
        f"events {{}}\nhttp {{ include /etc/nginx/mime.types; access_log off;\n{temporary}\n{ours}}}\n",
        encoding="utf-8",
    )
    return conf


def wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"Nobody listens on {port}.")


@contextmanager
def open_front(folder: Path) -> Iterator[Front]:
    assert NGINX is not None
    assert OPENSSL is not None
    certificate = folder / "both.pem"
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    made += f" -addext subjectAltName=DNS:{HOST} -subj"
    subprocess.run(
        [
            OPENSSL,
            *made.split(),
            f"/CN={HOST}",
            "-keyout",
            certificate,
            "-out",
            folder / "c.pem",
        ],
        check=True,
        capture_output=True,
    )
    certificate.write_bytes(certificate.read_bytes() + (folder / "c.pem").read_bytes())
    front = Front(_free_port(), _free_port(), folder / "var", folder / "access.log", certificate)
    for name, content in {
        "media/stories/a.png": b"pixels",
        "media/logos/evil.svg": b"<svg onload='alert(1)'/>",
        "media/.hidden.png": b"no",
        "secret.png": b"not below",
        "static/site.0123456789ab.css": b"a{}",
        "static/site.css": b"a{}",
    }.items():
        path = front.var / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    upstream = _free_port()
    proxied = {"SITE_URL": f"https://{HOST}", "TRUST_PROXY": "1", "TRUSTED_PROXIES": "1"}
    with ExitStack() as ending:
        office = ending.enter_context(open_office(folder / "office"))
        environment = office.environment | proxied
        subprocess.run(
            [sys.executable, ROOT / "manage.py", "migrate", "--verbosity", "0"],
            env=environment,
            check=True,
        )
        conf = write_conf(folder, front, upstream)
        commands: list[list[str]] = [
            [sys.executable, *web(upstream).arguments],
            [NGINX, "-c", str(conf), "-e", str(folder / "error.log")],
        ]
        for command in commands:
            process = subprocess.Popen(command, env=environment, cwd=ROOT)
            ending.callback(process.wait, 30)
            ending.callback(process.terminate)
        wait_for(upstream)
        wait_for(front.https)
        yield front
