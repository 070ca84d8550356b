"""The name that a caption ends with: who took the picture, as licences demand to be shown."""

import re

LONGEST = 250  # characters from its end, where a credit stands; a caption may be a whole story
_CREDIT = re.compile(
    r"[\s([|–-]*(?:©|\(c\)|(?:photo(?:graph|s)?|foto(?:graf[ií]a)?|fotos|bild|image|picture|crédits?(?:\s+photo)?|credit|quelle"
    r"|source|photographie)\s*(?:\s(?:by|de|von|di)\s|\s?credit\s?:|[:©/]))\s*(?P<name>[^()\[\]]{2,150}?)[\s)\].]*\Z",
    re.IGNORECASE,
)


def caption_and_credit(caption: str) -> tuple[str, str]:
    """“The quay at dawn. Photo: A. Writer/Agency” in two."""
    found = _CREDIT.search(caption, max(0, len(caption) - LONGEST))
    if not found:
        return caption, ""
    return caption[: found.start()].rstrip(" |–-(["), found["name"].strip()
