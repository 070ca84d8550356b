"""A colleague is added with a role, and can log in."""

from django.contrib.auth.models import Group, User
from django.test import Client

from newsroom.roles import make_roles
from tests.staff import chief


def test_a_colleague_is_added_with_a_role_and_can_log_in(db: None) -> None:
    make_roles()
    curator = Group.objects.get(name="curator")
    boss = chief()
    page = "/admin/auth/user/add/"
    shown = boss.get(page).content.decode()
    assert "A curator composes" in shown
    assert f'<input type="checkbox" name="groups" value="{curator.pk}"' in " ".join(shown.split())
    form = {"username": "anna", "email": "anna@paper.example.org", "groups": [curator.pk]}
    form |= {
        "usable_password": "true",
        "password1": "a rather long word",
        "password2": "a rather long word",
    }
    assert boss.post(page, form).status_code == 302
    anna = User.objects.get(username="anna")
    assert anna.is_staff
    assert not anna.is_superuser
    assert list(anna.groups.all()) == [curator]

    client = Client()
    login = {"username": "anna", "password": "a rather long word", "next": "/admin/"}
    desk = client.post("/admin/login/", login, follow=True).content.decode()
    assert "Today and tomorrow" in desk


def test_a_role_is_changed_by_ticking_another(db: None) -> None:
    make_roles()
    anna = User.objects.create_user("anna", is_staff=True)
    publisher = Group.objects.get(name="publisher")
    form = {"username": "anna", "is_active": "on", "is_staff": "on", "groups": [publisher.pk]}
    form |= {"date_joined_0": "2026-11-27", "date_joined_1": "06:00:00"}
    assert chief().post(f"/admin/auth/user/{anna.pk}/change/", form).status_code == 302
    assert list(anna.groups.all()) == [publisher]
