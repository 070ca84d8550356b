"""`make messages`: take in what the sources say now, compile, and say what wants a translator."""

from pathlib import Path

import django
from babel.messages.catalog import Message

from newsroom.catalogues.extracting import extract
from newsroom.catalogues.merging import compile_into, is_ready, merge
from newsroom.catalogues.scope import TRANSLATED, is_for_readers

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    django.setup()
    found = extract(ROOT)
    for language in TRANSLATED:
        catalogue = merge(ROOT / "locale", language, found)
        compile_into(ROOT / "locale", language)
        lacking = [message for message in catalogue if message.id and _lacks(message)]
        print(f"{language}: {len(lacking)} of readers' messages want a translation")
        for message in lacking:
            print(f"    {message.id}")


def _lacks(message: Message) -> bool:
    return not is_ready(message) and any(is_for_readers(name) for name, _line in message.locations)


if __name__ == "__main__":
    main()
