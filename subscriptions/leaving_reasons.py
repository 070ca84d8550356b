"""Why readers leave, in their words. Imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LeavingReason(TextChoices):
    TOO_MANY = "too_many", _("Too many emails")
    NOT_FOR_ME = "not_for_me", _("The topics do not interest me")
    EXPECTED_ELSE = "expected", _("I expected something else")
    READ_ELSEWHERE = "elsewhere", _("I read your stories elsewhere")
    LOOKS_WRONG = "looks_wrong", _("It does not display properly")
    NEVER_ASKED = "never_asked", _("I never signed up")
    OTHER = "other", _("Something else")
