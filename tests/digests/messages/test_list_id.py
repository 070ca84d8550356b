"""List-Id on every way out: the newsletter's name as it was written, its identifier in clear (RFC 2919)."""

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest

from digests.messages.compiling import compile_message
from digests.messages.message import Message, Recipient
from digests.rendering.mail_headers import list_id
from tests.builders import Press
from tests.digests.delivery.letters import a_message, a_reader
from tests.digests.delivery.transports.service_sending import ALL, SERVICES, SLICE, transport_to
from tests.service_stub import ServiceStub

NAMES = [
    "Morning Briefing",
    "Grüße",
    "Mañana",
    "L'Été à Paris",
    "Journal d’été: les grandes nouvelles de la semaine, et ce que nous avons lu",
    "نشرة الصباح",
    "朝刊",
    "The Week’s “Best”, <almost> free; yours (truly)",
    'Plain, but "quoted" <and> bracketed',
    "Seventy-two letters of ASCII, longer than most names of a newsletter are",
    "=?utf-8?q?Not_encoded?=",
    "Zoë <zoe.example.org>",
    "👩‍👩‍👧‍👦 Family, 👩‍👩‍👧‍👦 friends, 👩‍👩‍👧‍👦 flags 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
]
IDENTIFIER = "morning.news.example.org"
ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bqBQ]\?[^?\s]*\?=")


def as_programs_read(line: str) -> tuple[str, str]:
    """The name and the identifier, taken apart on the undecoded header as RFC 2919 section 8 has it."""
    assert line.isascii()
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", line).strip()
    name, opening, identifier = unfolded.rpartition("<")
    assert opening
    assert identifier.endswith(">")
    assert max(map(len, ENCODED_WORD.findall(name)), default=0) <= 75  # RFC 2047 section 2
    name = name.strip()
    if name.startswith('"'):
        return re.sub(r"\\(.)", r"\1", name[1:-1]), identifier[:-1]
    return str(make_header(decode_header(name))), identifier[:-1]


def raw_header(raw: bytes) -> str:
    mail = message_from_bytes(raw, policy=policy.compat32)
    [value] = [value for name, value in mail.raw_items() if name == "List-Id"]
    return str(value)


def lines_of(raw: bytes) -> list[bytes]:
    return raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")


@pytest.mark.parametrize("name", NAMES)
def test_by_our_own_smtp_and_by_djangos_backends(press: Press, name: str) -> None:
    newsletter = press.newsletter(name=name, slug="morning")
    digest = press.approved(newsletter)
    assert digest.approved_version is not None
    message = Message.of(digest, digest.approved_version)
    to = Recipient(1, "A" * 16, "reader@example.org")
    for raw in (
        bytes(compile_message(message).personalised(to)),
        message.personalised(to).message().as_bytes(linesep="\r\n"),
    ):
        assert as_programs_read(raw_header(raw)) == (name, "morning.127.0.0.1")
        assert max(map(len, lines_of(raw))) <= 998


@pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailWarning")
@pytest.mark.parametrize("service", ALL)
def test_by_every_service(service: str) -> None:
    record = SERVICES[service].headers
    with ServiceStub() as stub:
        transport = transport_to(stub, service)
        for name in NAMES:
            message = a_message(List_Id=list_id(name, IDENTIFIER))
            transport.send(message, [a_reader()], key=SLICE)
        transport.close()
        lines = [mail.headers.get("list-id") for mail in stub.taken]
    if not record.kept({"List-Id": "x"}):
        assert lines == [None] * len(NAMES)
        return
    found = [as_programs_read(line or "") for line in lines]
    for name, line in zip(NAMES, found, strict=True):
        # Brevo would send a name that is not ASCII as raw bytes, so it gets none.
        kept = record.is_ascii_only and "=?" in list_id(name, IDENTIFIER)
        assert line == ("" if kept else name, IDENTIFIER)


@pytest.mark.parametrize(
    "kept",
    [
        '"Günaydın" <morning.news.example.org>',
        "=?utf-8?b?R8O8bmF5ZMSxbg==?= <morning.news.example.org>",
        "=?utf-8?q?G=C3=BCnayd=C4=B1n?= <morning.news.example.org>",
        "=?iso-8859-9?q?G=FCnayd=FDn?= <morning.news.example.org>",
        "=?utf-8?b?R8O8bmF5?= =?utf-8?b?ZMSxbg==?= <morning.news.example.org>",
    ],
)
def test_a_version_that_was_kept_before_goes_out_right(kept: str) -> None:
    """Versions never change, so whatever form of the name they hold must do."""
    raw = bytes(compile_message(a_message(List_Id=kept)).personalised(a_reader()))
    assert as_programs_read(raw_header(raw)) == ("Günaydın", IDENTIFIER)
