import pytest
from django.template import TemplateDoesNotExist

from subscriptions.rendering.templates import MissingNameError, render_template


def test_a_name_that_is_missing_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(MissingNameError, match=r"letterhead\.publisher"):
        render_template("letters/base.txt", {"line": "-"}, language="en", escaping="text")


def test_templates_lie_in_the_mail_folder_only() -> None:
    with pytest.raises(TemplateDoesNotExist):
        render_template("../web/base.html", {}, language="en", escaping="html")
