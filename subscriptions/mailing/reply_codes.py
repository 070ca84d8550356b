"""What a server's refusal says: is it about the reader, about this time, or about us? (RFC 5321, RFC 3463)

Words go before codes: “user unknown” comes with 5.7.1, “sender rejected” with 5.1.0. Of codes, the one in the
server's own reply goes before a `Status:` that another server made of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from subscriptions.choices import BounceKind
from subscriptions.mailing.reply_words import About, about, plain

HARD, SOFT, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY

_OF_WORDS: Mapping[About, BounceKind] = {
    About.US: POLICY,
    About.FULL: SOFT,
    About.MESSAGE: POLICY,
    About.NOW: SOFT,
    About.ADDRESS: HARD,
    About.DOMAIN: HARD,
    About.REJECTED: HARD,
    About.WARY: POLICY,
}
# These words may be meant of us: they are nothing against a code of policy.
_VAGUE = frozenset({About.NOW, About.DOMAIN, About.REJECTED})
# Where words say nothing: by subject.detail, then by subject. All others are soft.
_OF_CODES: Mapping[str, BounceKind] = {
    "1.1": HARD,  # no such mailbox
    "1.2": HARD,  # no such domain
    "1.3": HARD,  # no address at all
    "1.6": HARD,  # has moved
    "1.7": POLICY,  # our sender's address
    "1.8": POLICY,  # our sender's domain
    "1.10": HARD,  # a domain that takes no mail; Exchange: no such recipient
    "1.20": POLICY,  # several senders
    "2.1": HARD,  # disabled
    "2.3": POLICY,  # longer than the mailbox takes
    "2.4": POLICY,  # mailing list expansion
    "3.3": POLICY,  # the message asks what it cannot do
    "3.4": POLICY,  # too large
    "4.4": HARD,  # no way to its domain
    "5.0": SOFT,  # Outlook.com's for everything
    "5": POLICY,  # the protocol: what we said
    "6": POLICY,  # the content: what we sent
    "7": POLICY,  # security and policy
}
# What a server with such a code means, whatever its words: our address, the message, a certain check of who we are.
_CERTAIN = re.compile(r"[45]\.(?:1\.7|1\.8|2\.3|3\.4|6\.\d+|7\.(?!50[45]$)(?:[2-9]|\d{2,}))")
_OF_MESSAGE = frozenset({"2.3", "3.4", "6"})
# Microsoft 365 says “Access denied” of addresses that do not exist.
_SHUT = frozenset({"4.1", "7.504", "7.505"})
# What replies without an enhanced code mean by their number alone.
_IMPLIED: Mapping[str, str] = {
    **dict.fromkeys(("500", "501", "502", "503", "504"), "5.5.1"),
    **dict.fromkeys(("530", "534", "535", "538"), "5.7.0"),
    "556": "5.1.10",
}

LONGEST = 1000  # what went wrong stands in front
_WORD = re.compile(r"[^\W\d_]{3}")
_ENHANCED = r"([245])\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)"
_ANYWHERE = re.compile(rf"(?<![\d.]){_ENHANCED}")
_BASIC = re.compile(r"(?<![\w.])([45])[0-5]\d(?!\w|\.\d)")
# As servers give it: “550 5.1.1”, “550-5.1.1”, “554 (#5.1.1)”.
_REPLY = re.compile(rf"(?<![\w.])[45][0-5]\d[\s:#(-]+{_ENHANCED}")

# Refused before it was said to whom the mail should go.
_BEFORE_ANYBODY = re.compile(
    r"(?:after|in re(?:ply|sponse) to) (?:the )?(?:mail from|ehlo|helo|starttls|auth|initial conn|banner)|"
    r"refused to talk to me",
    re.IGNORECASE,
)
# What in a text is no word of the server.
_ORIGINAL = re.compile(
    r"below this line|(?:original|returned) (?:message|mail)|copy of (?:the|your) (?:original )?(?:message|mail)|"
    r"(?:message|mail) headers? follow|header and top|this is a copy|----- ?(?:start|begin)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")
_BRACKETED = re.compile(r"<[^<>\s:/]*>")
_HOST = re.compile(
    r"(?<![\w@/:.-])(?:[a-z0-9-]+\.)+(?:[a-z]{2}|com|net|org|edu|gov|info|biz|int)(?![\w-])"
    r"(?:\[[\w.:]+\])?"
)
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|(?:[\da-f]{0,4}:){3,7}[\da-f]{0,4}", re.IGNORECASE)
_CHAFF = re.compile(
    # The code in front of a further line, and what Exchange puts before the server's own words.
    r"(?<![\w.])[45][0-5]\d-(?:[45]\.\d{1,3}\.\d{1,3}\s)?|remote server returned an error\s*->|"
    r"\(in reply to [^)]*\)|unknown address error|anti-?spam|spam (?:firewall|gateway|appliance|experts)|"
    r"to addresses that [^.]*|rejected by the local scanning code[^.]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reply, read."""

    about: About | None  # by its words
    code: str  # “5.1.1”; empty if there is none
    is_lasting: bool  # 5xx, not 4xx

    @property
    def kind(self) -> BounceKind:
        by_code = _of_code(self.code)
        kind = _OF_WORDS[self.about] if self.about else by_code
        if self.about in _VAGUE and by_code is POLICY:
            kind = POLICY
        if kind is HARD and _CERTAIN.fullmatch(self.code):
            kind = POLICY
        return SOFT if kind is HARD and not self.is_lasting else kind

    @property
    def is_of_message(self) -> bool:
        """Was the message's size or form refused, whoever it goes to?"""
        if self.about in {About.FULL, About.NOW, About.ADDRESS, About.DOMAIN}:
            return False
        return self.about is About.MESSAGE or not _OF_MESSAGE.isdisjoint(_names(self.code))


def read(text: str, *, address: str = "") -> Refusal:
    """`address`: the reader's, whose words are no words of the server."""
    text = _ORIGINAL.split(text[:LONGEST])[0]
    basic, own = _BASIC.search(text), _own_code(text)
    around, said = _bare(text, address), ""
    if basic is not None:
        reply = _REPLY.match(text, basic.start()) or basic
        said = _bare(text[reply.end() :], address)
    code = own or _IMPLIED.get(basic[0] if basic else "", "") or enhanced_code(text)
    found = About.US if _BEFORE_ANYBODY.search(text) else about(plain(said)) or about(plain(around))
    if found is About.WARY and not _SHUT.isdisjoint(_names(code)):
        found = About.ADDRESS
    if found is None and not own and _of_code(code) is HARD and _WORD.search(said):
        code = ""  # another server's guess at words that nobody understands
    severity = basic[1] if basic else code[:1]
    return Refusal(found, code, severity != "4")


def classify(text: str, *, said: BounceKind | None = None, address: str = "") -> BounceKind:
    """`said`: what the service made of it, if it told. In doubt, soft.

    Its *hard* holds unless the words or the code blame us, the mailbox is full, or the reply is one of 4xx. Its *soft*
    and *policy* hold, but for a soft one that blames us.
    """
    refusal = read(text, address=address)
    kind = refusal.kind
    if said is None:
        return kind
    if said is HARD:
        is_mild = kind is POLICY or refusal.about is About.FULL or not refusal.is_lasting
        return kind if is_mild or _names(refusal.code)[:1] == ["2.2"] else HARD
    return POLICY if POLICY in {said, kind} else said


def enhanced_code(text: str) -> str:
    """Return the enhanced code of class 4 or 5 in a reply, such as “5.1.1”; empty if there is none.

    The server's own code goes before any other.
    """
    return _own_code(text) or _first(_ANYWHERE, text)


def _own_code(text: str) -> str:
    return _first(_REPLY, text)


def _first(pattern: re.Pattern[str], text: str) -> str:
    return next((".".join(it.groups()) for it in pattern.finditer(text) if it[1] != "2"), "")


def _of_code(code: str) -> BounceKind:
    return next((_OF_CODES[name] for name in _names(code) if name in _OF_CODES), SOFT)


def _names(code: str) -> list[str]:
    """Return a code's subject with its detail, and its subject alone: “2.1” and “2” for 5.2.1."""
    _severity, _dot, name = code.partition(".")
    return [name, name.partition(".")[0]] if name else []


def _bare(text: str, address: str) -> str:
    """Return the text without addresses, names of hosts, and phrases that say nothing."""
    text = _ADDRESS.sub(" ", text)
    local = address.rpartition("@")[0]
    if local and (not local.isalpha() or about(plain(local))):
        text = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", " ", text, flags=re.IGNORECASE)
    for cut in (_BRACKETED, _HOST, _IP, _CHAFF):
        text = cut.sub(" ", text)
    return text
