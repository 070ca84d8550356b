"""For how long a link works, in the sentence that pages and emails share."""

from django.utils.translation import gettext, ngettext

HOURS_A_DAY = 24


def works_for(hours: int) -> str:
    """ "The link works for three days.", or for so many hours where those are no whole days; in the active language."""
    match divmod(hours, HOURS_A_DAY):
        case (2, 0):
            return gettext("The link works for two days.")
        case (3, 0):
            return gettext("The link works for three days.")
    return ngettext(
        "The link works for %(hours)d hour.", "The link works for %(hours)d hours.", hours
    ) % {"hours": hours}
