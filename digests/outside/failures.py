"""What goes wrong with input from outside, in words that an editor can act on."""

from http import HTTPStatus


class BadUrl(ValueError):
    """The text is not an address of the web that we would store or visit."""


class FetchError(Exception):
    """Nothing usable came back; another visit may go better."""


class Refused(FetchError):
    """We did not go there: the address is private, or its scheme or port is not the web's."""


class Unreachable(FetchError):
    pass


class TooSlow(FetchError):
    pass


class TooLarge(FetchError):
    pass


class BadAnswer(FetchError):
    """The server answered, but not with what was asked for.

    `retry_after_seconds` is what a busy server asked for (RFC 9110 section 10.2.3), None if nothing.
    """

    def __init__(self, status: int, retry_after_seconds: int | None = None) -> None:
        try:
            phrase = f" ({HTTPStatus(status).phrase})"
        except ValueError:
            phrase = ""
        super().__init__(f"The server answered {status}{phrase}.")
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class FeedError(ValueError):
    """No stories can be read from this."""


class WebPageNotFeed(FeedError):
    """`feed_url` is the feed that the page itself names, None if it names none."""

    def __init__(self, feed_url: str | None) -> None:
        hint = f" The page names this feed: {feed_url}" if feed_url else ""
        super().__init__(f"This is a web page, not a feed.{hint}")
        self.feed_url = feed_url


class PictureError(ValueError):
    """This cannot be a picture in a digest."""
