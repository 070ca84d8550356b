"""The row that an address of the desk names."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest


def row_or_404(model_admin: "ModelAdmin[Any]", request: HttpRequest, object_id: str) -> Any:
    """Return the row of an action's page. Raises Http404: Unfold hands on whatever stands in the address."""
    row = model_admin.get_object(request, unquote(object_id))
    if row is None:
        raise Http404(f"No {model_admin.opts.verbose_name} has this number.")
    return row
