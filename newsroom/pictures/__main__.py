"""`make pictures`: every mail and page as PNG files under var/pictures."""

import os
import shutil
import sys
from pathlib import Path

from newsroom.env import forget_servers

OUT = Path(__file__).resolve().parents[2] / "var" / "pictures"
CHROMIUM = Path("/usr/bin/chromium")
PORT = 8377


def main() -> int:
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
    }
    import django

    django.setup()
    from newsroom.pictures.browser import chromium
    from newsroom.pictures.mails import render_mail_pictures
    from newsroom.pictures.site import render_site_pictures
    from newsroom.serving import join_servers

    shutil.rmtree(OUT, ignore_errors=True)
    join_servers()
    with chromium() as browser:
        pictures = render_mail_pictures(OUT / "mails", browser=browser)
        pictures += render_site_pictures(OUT / "pages", PORT, browser=browser)
    for path in sorted(pictures):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
