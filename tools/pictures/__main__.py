"""`make pictures`: every mail and page as PNG files under var/pictures, or some of them."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from newsroom.env import forget_servers

OUT = Path(__file__).resolve().parents[2] / "var" / "pictures"
CHROMIUM = Path("/usr/bin/chromium")
PORT = 8377
PARTS = ("mails", "readers", "embedded", "desk")
LANGUAGES = ("en", "ar")  # one from the left, one from the right


def main() -> int:
    asked = _asked()
    if not CHROMIUM.exists():
        print(
            f"pictures: {CHROMIUM} is missing; on Debian: apt-get install chromium", file=sys.stderr
        )
        return 1
    forget_servers()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
        "NEWSROOM_MODE": "test",
        "MAIL_URL": "memory://",
        "SITE_URL": f"http://127.0.0.1:{PORT}",
        # All readers come from one machine.
        "SIGN_UP_LIMIT_NETWORK": "1000:2000/hour",
    }
    import django

    django.setup()
    from newsroom.serving import join_servers
    from tools.pictures.browser import chromium
    from tools.pictures.mails import render_mail_pictures
    from tools.pictures.site import render_site_pictures

    parts = set(asked.parts) or set(PARTS)
    if parts == set(PARTS):
        shutil.rmtree(OUT, ignore_errors=True)
    join_servers()
    pictures: list[Path] = []
    with chromium() as browser:
        if "mails" in parts:
            pictures += render_mail_pictures(OUT / "mails", asked.languages, browser=browser)
        if of_the_site := parts - {"mails"}:
            pictures += render_site_pictures(
                OUT / "pages", PORT, of_the_site, asked.languages, browser=browser
            )
    for path in sorted(pictures):
        print(path)
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=", ".join(PARTS)
    )
    parser.add_argument(
        "--languages", nargs="+", default=LANGUAGES, help="of readers' pages and mails"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
