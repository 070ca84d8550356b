"""Members of staff, each with the permissions of a role."""

from django.contrib.auth.models import Group, User
from django.test import Client

from newsroom.roles import make_roles


def member(role: str, name: str = "") -> User:
    make_roles()
    user = User.objects.create_user(
        name or role, f"{name or role}@example.org", password="newsroom", is_staff=True
    )
    user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(member(role))
    return client


def chief() -> Client:
    """May everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("chief", password="newsroom"))
    return client
