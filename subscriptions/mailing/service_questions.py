"""What a service knows of mails, by our own names for them: its log read page by page, or asked reader by reader."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.replies import Doubt, read_question, words_of
from subscriptions.mailing.service import Asking, LogQuery, Service
from subscriptions.mailing.service_session import ServiceSession

# Of a log: 15,000 mails at Mailgun, half a million at SparkPost. What is beyond is found in a later turn.
MOST_PAGES = 50


class ServiceQuestions:
    """A context of its own: the session of a worker that sends is not disturbed."""

    def __init__(self, route: MailRoute, service: Service, asking: Asking) -> None:
        self._service = service
        self._asking = asking
        self._session = ServiceSession(route, service)

    def known(self, addresses: Mapping[str, str], window: LogQuery) -> set[str]:
        """Which of these names it has accepted. Raises what replies.py raises."""
        if self._asking.is_each:
            found: set[str] = set()
            for name, address in addresses.items():
                found |= self._pages(replace(window, name=name, address=address), {name})
            return found
        return self._pages(window, set(addresses))

    def close(self) -> None:
        self._session.close()

    def _pages(self, asked: LogQuery, wanted: set[str]) -> set[str]:
        found: set[str] = set()
        following: Any = None
        for _page in range(MOST_PAGES):
            names, following = self._page(asked, following)
            found |= names & wanted
            if following is None or found == wanted:
                return found
        raise Doubt(f"{self._service.title} has more to say of that time than could be read.")

    def _page(self, asked: LogQuery, following: Any) -> tuple[set[str], Any]:
        request = self._asking.page(self._session.backend(), asked, following)
        reply = self._session.ask(request, request.get("data", "").encode())
        read_question(self._service, reply)
        try:
            return self._asking.read(reply.data)
        except ValueError as error:
            words = f"{self._service.title} gave no readable answer: {words_of(reply)}"
            raise Doubt(words) from error
