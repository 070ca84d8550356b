import pytest
from django.contrib.auth.models import Group, Permission

from newsroom.roles import ROLES, make_roles

pytestmark = pytest.mark.django_db


def permissions_of(name: str) -> set[str]:
    rows = Group.objects.get(name=name).permissions.select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}" for row in rows}


def test_each_role_has_exactly_the_permissions_of_the_table() -> None:
    make_roles()
    assert {name: permissions_of(name) for name in ROLES} == {
        name: set(permissions) for name, permissions in ROLES.items()
    }


def test_making_the_roles_again_repairs_them() -> None:
    make_roles()
    analyst = Group.objects.get(name="analyst")
    analyst.permissions.add(Permission.objects.get(codename="approve_digest"))
    make_roles()
    assert permissions_of("analyst") == set(ROLES["analyst"])
    assert Group.objects.count() == len(ROLES)


def test_only_the_audience_role_sees_addresses() -> None:
    may = {name for name in ROLES if "subscriptions.view_subscriber" in set(ROLES[name])}
    assert may == {"audience"}


def test_only_the_publisher_role_approves_and_sends() -> None:
    for permission in ("digests.approve_digest", "digests.send_digest"):
        assert {name for name in ROLES if permission in set(ROLES[name])} == {"publisher"}
