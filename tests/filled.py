"""A page's form as a browser would send it: with what it offers, and nothing typed."""

from html.parser import HTMLParser

from typing_extensions import override


class Filled(HTMLParser):
    """`values` by name, for a post. What Django keeps for rows to be added stands in them with `__prefix__`."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.values: dict[str, list[str]] = {}
        self._select = ""
        self._area: str | None = None
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        match tag:
            case "input" if name and self._counts(given):
                self.values.setdefault(name, []).append(given.get("value", ""))
            case "select":
                self._select = name
            case "option" if self._select and "selected" in given:
                self.values.setdefault(self._select, []).append(given.get("value", ""))
            case "textarea" if name:
                self._area = name
                self.values[name] = [""]

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._area = None

    @override
    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][0] += data.removeprefix("\n")

    def _counts(self, given: dict[str, str]) -> bool:
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio"):
            return "checked" in given
        return kind not in ("submit", "button", "file", "image", "reset")
