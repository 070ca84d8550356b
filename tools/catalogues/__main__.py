"""`make messages`: take in what the sources say now, compile, and say what wants a translator."""

from pathlib import Path

import django

from tools.catalogues.extracting import extract
from tools.catalogues.merging import compile_into, is_ready, merge
from tools.catalogues.scope import TRANSLATED

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    django.setup()
    found = extract(ROOT)
    for language in TRANSLATED:
        catalogue = merge(ROOT / "locale", language, found)
        compile_into(ROOT / "locale", language)
        lacking = [message for message in catalogue if message.id and not is_ready(message)]
        print(f"{language}: {len(lacking)} messages want a translation")
        for message in lacking:
            print(f"    {message.id}")


if __name__ == "__main__":
    main()
