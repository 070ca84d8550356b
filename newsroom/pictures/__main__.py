"""`make pictures`: every mail and page as PNG files under var/pictures."""

import sys
from pathlib import Path

from newsroom.pictures.browser import CHROMIUM, chromium
from newsroom.pictures.mails import render_mail_pictures

OUT = Path(__file__).resolve().parents[2] / "var" / "pictures"


def main() -> int:
    if not Path(CHROMIUM).exists():
        print(
            f"pictures: {CHROMIUM} is missing; on Debian: apt-get install chromium", file=sys.stderr
        )
        return 1
    with chromium() as browser:
        for path in render_mail_pictures(OUT / "mails", browser=browser):
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
