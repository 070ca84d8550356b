"""What a mail's HTML says, without its marks."""

from html.parser import HTMLParser

from typing_extensions import override

_SILENT = frozenset({"style", "script", "title", "head"})


def words_of(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    reader.close()
    return "".join(reader.words)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT

    @override
    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    @override
    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)
