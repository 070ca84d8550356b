"""Checks of how the digest is set: can it be read?"""

from collections.abc import Iterator

from digests.preflight.finding import Finding, Place, blocking
from digests.preflight.material import Material
from digests.rendering.look_faults import faults_of


def readable(material: Material) -> Iterator[Finding]:
    """A template's page refuses such colours. They come past it only if somebody writes to the database."""
    for fault in faults_of(material.unreadable):
        yield blocking("unreadable", fault.text, Place.TEMPLATE, fault.field, about=fault.field)
