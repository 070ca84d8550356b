"""Rows that staff add on the page of another row: each is saved or refused, however little was typed into it."""

from typing import Any

from unfold.admin import StackedInline, TabularInline
from unfold.forms import PaginationInlineFormSet


class AddedRows(PaginationInlineFormSet):
    """Django leaves out a new row in which nothing differs from what was offered.

    Ours stand on the page only because somebody asked for them, and what they offer looks filled in.
    """

    def _construct_form(self, i: int, **options: Any) -> Any:
        form = super()._construct_form(i, **options)
        if self.is_bound and form.instance._state.adding:
            # Not has_changed(), by which admin refuses the rows of those who may add none.
            form.changed_data = list(form.fields)
        return form


class StackedRows(StackedInline):
    formset = AddedRows
    extra = 0


class TabularRows(TabularInline):
    formset = AddedRows
    extra = 0
