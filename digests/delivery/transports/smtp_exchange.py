"""In which order commands and messages go out, and whose reply is whose.

Three ways, by what the server announced: CHUNKING (several messages in flight), PIPELINING (a round trip a message: its
content opens the group that ends with the next DATA, RFC 2920 section 3.1), or one command after the other. In the
first two every group begins with RSET, so that no transaction leans on the one before; replies are matched by position.
"""

from collections import deque
from collections.abc import Sequence

from digests.delivery.transports.base import ACCEPTED, NOT_SENT
from digests.delivery.transports.smtp_attempt import Attempt
from digests.delivery.transports.smtp_refusals import Refusals
from digests.delivery.transports.smtp_replies import (
    BAD_SEQUENCE,
    CLOSING,
    GO_ON,
    UNKNOWN_COMMAND,
    Reply,
)
from digests.delivery.transports.smtp_session import CHUNKING, PIPELINING, Session
from digests.delivery.transports.smtp_trouble import (
    Closing,
    Lie,
    Lost,
    Silence,
    Trouble,
)
from digests.delivery.transports.smtp_wire import Timeouts

MOST_ATTEMPTS = 1000  # a connection; some servers close after a number of messages without a word
MOST_ERRORS = 8  # Postfix slows a client down at ten (smtpd_soft_error_limit)
WINDOW, WINDOW_BYTES = 8, 1_000_000
DOT = b".\r\n"


class Exchange:
    """Works off attempts on one session until all are answered, or it must stop."""

    def __init__(self, session: Session, timeouts: Timeouts, refusals: Refusals) -> None:
        self._session = session
        self._wire = session.wire
        self._largest = session.largest
        self._timeouts = timeouts
        self._refusals = refusals
        self._stop: Trouble | None = None

    def run(self, attempts: Sequence[Attempt]) -> None:
        """Return when all are answered or the connection should be renewed. Raises Trouble; who has no answer then
        is for Attempt.doubt to say."""
        extensions = self._session.extensions
        self._refusals.begin()
        try:
            if PIPELINING not in extensions:
                self._plain(attempts)
            elif CHUNKING in extensions:
                self._chunked(attempts)
            else:
                self._pipelined(attempts)
        finally:
            self._refusals.give_back()
        self._stop = self._stop or self._refusals.end()
        if self._stop is not None:
            raise self._stop

    @property
    def is_over(self) -> bool:
        session = self._session
        return (
            self._stop is not None
            or session.attempts >= MOST_ATTEMPTS
            or session.errors >= MOST_ERRORS
        )

    # --- one command after the other ---------------------------------------------------------------

    def _plain(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            if self.is_over:
                return
            content = self._content(attempt)
            if content is None:
                continue
            self._session.attempts += 1
            if self._is_envelope_taken(attempt):
                self._wire.send(b"DATA\r\n")
                if self._data_goes_on(attempt, self._reply()):
                    self._send_content(attempt, content, b"")
                    self._settle(attempt, self._reply(self._timeouts.final))
                    self._session.is_clean = True

    def _is_envelope_taken(self, attempt: Attempt) -> bool:
        lines = attempt.envelope.splitlines(keepends=True)
        for line in lines[1:] if self._session.is_clean else lines:
            self._wire.send(line)
            if not self._may_go_on(attempt, line[:4], self._reply()):
                return False
        return True

    def _may_go_on(self, attempt: Attempt, command: bytes, reply: Reply) -> bool:
        if command == b"RSET":
            self._expect_reset(reply)
        elif command == b"MAIL":
            self._session.is_clean = False
            self._note_mail(attempt, reply)
        else:
            self._note_rcpt(attempt, reply)
        return reply.is_positive

    # --- one round trip a message ------------------------------------------------------------------

    def _pipelined(self, attempts: Sequence[Attempt]) -> None:
        waiting = deque(attempts)
        opened: Attempt | None = None  # its DATA was answered 354: its content is due
        due: list[bytes] = []
        while waiting or opened:
            upcoming, content = self._next(waiting)
            group = upcoming.envelope + b"DATA\r\n" if upcoming else b""
            if opened:
                self._send_content(opened, due, group)
                self._settle(opened, self._reply(self._timeouts.final))
                opened = None
            elif upcoming:
                self._wire.send(group)
            if upcoming is None:
                return
            if self._is_opened(upcoming):
                opened, due = upcoming, content

    def _next(self, waiting: deque[Attempt]) -> tuple[Attempt | None, list[bytes]]:
        """The next attempt whose message can be made, with its parts."""
        while waiting and not self.is_over:
            attempt = waiting.popleft()
            content = self._content(attempt)
            if content is not None:
                self._session.attempts += 1
                return attempt, content
        return None, []

    def _is_opened(self, attempt: Attempt) -> bool:
        if self._wire.has_good(3):
            return self._data_goes_on(attempt, self._reply())
        reset, mail, rcpt, data = self._replies(attempt)
        self._expect_reset(reset)
        self._note_mail(attempt, mail)
        if mail.is_positive:
            self._note_rcpt(attempt, rcpt)
        return self._data_goes_on(attempt, data)

    # --- several messages in flight ----------------------------------------------------------------

    def _chunked(self, attempts: Sequence[Attempt]) -> None:
        waiting, flying = deque(attempts), deque[Attempt]()
        while flying or (waiting and not self.is_over):
            self._fill(waiting, flying)
            if not flying:
                return
            attempt = flying[0]
            if self._wire.has_good(4):
                self._note_accepted(attempt)
                flying.popleft()
                continue
            reset, mail, rcpt, done = self._replies(attempt)
            self._expect_reset(reset)
            self._note_mail(attempt, mail)
            if mail.is_positive:
                self._note_rcpt(attempt, rcpt)
            if attempt.answer is None:
                self._settle_chunk(attempt, done)
            flying.popleft()

    def _fill(self, waiting: deque[Attempt], flying: deque[Attempt]) -> None:
        """Fill the window with one large write when it is half empty.

        The first message of a connection flies alone.
        """
        window = WINDOW if self._session.answered else 1
        if len(flying) > window // 2:
            return
        chunks: list[bytes] = []
        end = self._wire.handed
        in_flight = sum(attempt.size for attempt in flying)
        while len(flying) < window and in_flight < WINDOW_BYTES:
            attempt, content = self._next(waiting)
            if attempt is None:
                break
            head = attempt.envelope + f"BDAT {attempt.size} LAST\r\n".encode()
            chunks.append(head)
            chunks += content
            end += len(head) + attempt.size
            in_flight += attempt.size
            attempt.end = end
            flying.append(attempt)
        if chunks:
            self._wire.send(b"".join(chunks))

    def _settle_chunk(self, attempt: Attempt, reply: Reply) -> None:
        """A server that does not know BDAT has read the message as commands: away from there."""
        if reply.code in UNKNOWN_COMMAND and not reply.enhanced.startswith("5.6"):
            attempt.end = None  # nothing in it could have been taken for a message
            raise Lie(CHUNKING, f"The server announced CHUNKING, but does not know BDAT: {reply}")
        self._settle(attempt, reply)

    def _content(self, attempt: Attempt) -> list[bytes] | None:
        content = attempt.content()
        largest = self._largest
        if content is not None and 0 < largest < attempt.size:
            self._stop = Trouble(
                f"The server takes at most {largest} bytes; the message has {attempt.size}.",
                is_about_message=True,
            )
            return None
        return content

    # --- what replies mean -------------------------------------------------------------------------

    def _send_content(self, attempt: Attempt, content: list[bytes], following: bytes) -> None:
        """The content and the final dot; to nobody, the dot alone."""
        is_for_nobody = attempt.answer is not None
        size = 0 if is_for_nobody else attempt.size
        attempt.end = self._wire.handed + size + len(DOT)
        parts = [] if is_for_nobody else content
        self._wire.send(b"".join([*parts, DOT, following]))

    def _reply(self, seconds: float = 0) -> Reply:
        reply = self._wire.reply(seconds or self._timeouts.command)
        if reply.code == CLOSING:
            raise Closing(f"The server closes: {reply}")
        if reply.is_refusal:
            self._session.errors += 1
        return reply

    def _replies(self, attempt: Attempt) -> tuple[Reply, Reply, Reply, Reply]:
        """Return the replies to RSET, MAIL, RCPT, and DATA or the chunk."""
        reset = self._reply()
        try:
            mail = self._reply()
        except Silence as silence:
            if self._session.answered:
                raise
            raise Lie(
                PIPELINING, "The server announced PIPELINING, but reads one command at a time."
            ) from silence
        return reset, mail, self._reply(), self._reply(self._timeouts.final if attempt.end else 0)

    def _expect_reset(self, reply: Reply) -> None:
        if not reply.is_positive:
            raise Lost(f"RSET was refused: {reply}")

    def _note_mail(self, attempt: Attempt, reply: Reply) -> None:
        """The sender is the same for all readers of a digest: refused once, nobody gets it for now."""
        if not reply.is_positive:
            trouble = self._refusals.note_sender(attempt, reply, self._session.answered)
            self._stop = self._stop or trouble

    def _note_rcpt(self, attempt: Attempt, reply: Reply) -> None:
        if reply.code == BAD_SEQUENCE:
            attempt.answer = NOT_SENT
            raise Lost(f"The server lost the thread at RCPT: {reply}")
        if not reply.is_positive:
            self._note(attempt, reply)

    def _data_goes_on(self, attempt: Attempt, reply: Reply) -> bool:
        """Is something to be sent: the content or, where everybody was refused before, the lone dot?"""
        if reply.code == GO_ON:
            return True
        if attempt.answer is None:
            if reply.code == BAD_SEQUENCE or not reply.is_refusal:
                raise Lost(f"The server lost the thread at DATA: {reply}")
            self._note(attempt, reply)
        return False

    def _settle(self, attempt: Attempt, reply: Reply) -> None:
        """The reply to the content. After a refused RCPT it says nothing, whatever it says."""
        if attempt.answer is not None:
            return
        if reply.code == BAD_SEQUENCE or not (reply.is_positive or reply.is_refusal):
            attempt.answer = NOT_SENT
            raise Lost(f"The server lost the thread at the content: {reply}")
        self._note(attempt, reply)

    def _note_accepted(self, attempt: Attempt) -> None:
        attempt.answer = ACCEPTED
        self._session.answered += 1
        self._refusals.note_accepted()

    def _note(self, attempt: Attempt, reply: Reply) -> None:
        if reply.is_positive:
            self._note_accepted(attempt)
            return
        trouble = self._refusals.note(attempt, reply, self._session.answered)
        self._session.answered += 1
        self._stop = self._stop or trouble
