"""A state as a coloured word; the word alone says it, the colour only helps."""

from typing import Literal

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

Tone = Literal["plain", "good", "busy", "warn", "bad"]


def badge(word: str | Promise, tone: Tone = "plain") -> SafeString:
    return format_html('<span class="desk-badge desk-{}">{}</span>', tone, word)
