"""Staff and their groups, in the clothes of the other admin pages."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from newsroom.login_form import LoginForm
from subscriptions.admin.evidence import EvidenceMixin
from subscriptions.admin.moments import moment

# For what is blank: a dash as it is set, not as it is typed.
admin.site.empty_value_display = "–"
admin.site.login_form = LoginForm
admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(PlainUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # plain at run time
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    # A colleague's role is chosen where the colleague is added: without one, nothing but an empty desk is seen.
    add_fieldsets = (
        (None, {"fields": ("username", "email", "groups")}),
        (_("Password"), {"fields": ("usable_password", "password1", "password2")}),
    )
    fieldsets = (
        (None, {"fields": ("username", "password", "email", "first_name", "last_name")}),
        (_("Roles"), {"fields": ("is_active", "groups")}),
        (
            _("Beyond the roles"),
            {"fields": ("is_staff", "is_superuser", "user_permissions"), "classes": ("collapse",)},
        ),
        (_("Important dates"), {"fields": ("last_login", "date_joined"), "classes": ("collapse",)}),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **options)
        if field is not None and db_field.name == "groups":
            field.label = _("Roles")
            field.help_text = _(
                "A curator composes; a publisher approves and sends as well; the audience role looks after readers; "
                "an analyst looks on."
            )
            field.widget = UnfoldAdminCheckboxSelectMultipleWidget(choices=field.choices)
        return field

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Readers have no accounts: whoever is added here works here."""
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)


@admin.register(Group)
class GroupAdmin(PlainGroupAdmin, ModelAdmin):
    pass


@admin.register(LogEntry)
class StaffActionAdmin(EvidenceMixin, ModelAdmin):
    """Who did what to which row, the latest first. What editors change in a digest has a history of its own."""

    list_display = ("at", "user", "row", "what")
    list_filter = ("user", "content_type")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "change_message")
    ordering = ("-action_time", "-pk")
    fields = ("at", "user", "row", "what")
    readonly_fields = fields
    at = moment("action_time", _("when"))
    paginator = InfinitePaginator
    show_full_result_count = False

    @admin.display(description=_("of"))
    def row(self, entry: LogEntry) -> str:
        kind = capfirst(entry.content_type.name) if entry.content_type else ""
        name, url = f"{kind}: {entry.object_repr}", entry.get_admin_url()
        if url is None or entry.is_deletion():
            return name
        return format_html('<a class="desk-link" href="{}">{}</a>', url, name)

    @admin.display(description=_("what"))
    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message() or entry.get_action_flag_display()
