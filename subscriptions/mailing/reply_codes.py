"""What a server's refusal says: is it about the reader, about this time, or about us? (RFC 3463)"""

import re

from subscriptions.choices import BounceKind

HARD, SOFT, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.])([45])\d\d(?![\d.])")

# By subject.detail, then by subject; of class 5. Class 4 is soft except for policy, whatever the subject.
_DETAILS = {
    "1.7": POLICY,  # our sender's address
    "1.8": POLICY,  # our sender's domain
    "2.1": HARD,  # mailbox disabled
    "2.4": POLICY,  # mailing list expansion
}
_SUBJECTS = {
    "1": HARD,  # the address
    "2": SOFT,  # the mailbox: full, too large
    "3": SOFT,  # the reader's mail system
    "4": SOFT,  # network and routing
    "5": POLICY,  # the protocol: what we said
    "6": POLICY,  # the content: what we sent
    "7": POLICY,  # security and policy
}
# Servers that give no better code than 550 say it in words. Policy is looked for first: it must never be mistaken.
_POLICY_WORDS = re.compile(
    r"spam|black ?list|block ?list|\brbl\b|reputation|policy|\bspf\b|dkim|dmarc|banned|not allowed|denied"
    r"|rate limit|too many|suspicious|listed (?:by|at|in|on)|authenticat",
    re.IGNORECASE,
)
_UNKNOWN_WORDS = re.compile(
    r"user unknown|unknown (?:user|recipient|mailbox)|no such (?:user|mailbox|recipient|address|person)"
    r"|does not exist|doesn't exist|mailbox (?:not found|unavailable|disabled|is disabled)"
    r"|(?:recipient|address|account|user) (?:not found|rejected: user|is disabled|disabled)"
    r"|invalid (?:recipient|mailbox|user)|no mailbox here|no mailbox by",
    re.IGNORECASE,
)


def enhanced_code(text: str) -> str:
    """The first enhanced status code of class 4 or 5 in a server's words: "5.1.1"; empty if there is none."""
    found = next((match for match in _ENHANCED.finditer(text) if match[1] != "2"), None)
    return found[0] if found else ""


def classify(
    text: str, *, code: str = "", said: BounceKind | None = None, address: str = ""
) -> BounceKind:
    """`code`: an enhanced code known from elsewhere. `said`: what the ESP itself made of it, if it told. `address`: the
    reader's, which may hold any word itself.

    A code of policy overrules what an ESP says; so does a code that is milder than its word. In doubt, soft.
    """
    if address:
        text = re.sub(re.escape(address), " ", text, flags=re.IGNORECASE)
    code = enhanced_code(code) or enhanced_code(text)
    by_code = _of_code(code) if code else None
    if POLICY in {by_code, said}:
        return POLICY
    if by_code is not None:
        return SOFT if said is SOFT else by_code
    if said is not None:
        return said
    return _of_words(text)


def _of_code(code: str) -> BounceKind | None:
    severity, subject, detail = code.split(".")
    kind = _DETAILS.get(f"{subject}.{detail}") or _SUBJECTS.get(subject)
    if severity == "4":
        return POLICY if kind is POLICY else SOFT
    return kind  # None for 5.0.0, which says no more than 550


def _of_words(text: str) -> BounceKind:
    if _POLICY_WORDS.search(text):
        return POLICY
    basic = _BASIC.search(text)
    if _UNKNOWN_WORDS.search(text) and (basic is None or basic[1] == "5"):
        return HARD
    return SOFT
