"""Files in staff's forms."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _


class FilesAgain(forms.ModelForm):  # type: ignore[type-arg]  # plain at run time
    """A browser sends no file twice: where a mistake elsewhere brings the form back, that is said beside the file."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, without a public name
        if not self.errors:
            return
        files: Any = self.files
        for name in self.fields:
            if self.add_prefix(name) in files and name not in self.errors:
                self.add_error(name, _("Choose the file again: it is kept only once all is right."))
