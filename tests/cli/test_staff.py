"""`commerce staff`: the first super admin, and the way in when the staff area is shut."""

import json

import pytest
from click.testing import CliRunner, Result

from commerce.accounts.models import Staff
from commerce.cli.root import commerce
from tests.make.staff import make_staff

pytestmark = pytest.mark.django_db

NAMES = ("--first-name", "Grace", "--last-name", "Hopper")


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(commerce, ["staff", *words], input=typed)


def test_the_first_super_admin_is_made_with_a_password_that_is_asked_for() -> None:
    password = "correct-horse-battery\n"
    done = run("create", "grace@example.com", *NAMES, typed=password * 2)
    assert done.exit_code == 0
    assert "correct-horse" not in done.output
    assert Staff.objects.get().user.check_password(password.strip())
    again = run("create", "eve@example.com", *NAMES, typed=password * 2)
    assert again.exit_code == 1
    assert "already a super admin" in again.output
    assert Staff.objects.count() == 1


def test_a_short_password_makes_nobody() -> None:
    done = run("create", "grace@example.com", *NAMES, typed="horse-bat8\n" * 2)
    assert done.exit_code == 1
    assert not Staff.objects.exists()


def test_roles_and_permissions_are_changed_on_the_server() -> None:
    make_staff(email="grace@example.com")
    make_staff("support", "sam@example.com", permissions=["settings.view"])
    changes = ("--allow", "invoices.view", "--forbid", "settings.view")
    assert run("permissions", "sam@example.com", *changes).exit_code == 0
    assert Staff.objects.get(user__email="sam@example.com").all_permissions == {"invoices.view"}
    refused = run("permissions", "sam@example.com", "--forbid", "clients.view")
    assert "The person's role has clients.view." in refused.output
    assert run("role", "sam@example.com", "--role", "super_admin", "--yes").exit_code == 0
    assert run("deactivate", "grace@example.com", "--yes").exit_code == 0
    refused = run("deactivate", "sam@example.com")
    assert refused.exit_code == 1
    assert "at least one active super admin" in refused.output
    assert run("reactivate", "grace@example.com", "--yes").exit_code == 0
    told = json.loads(run("list", "--json").stdout)
    assert [(one["email"], one["role"], one["active"]) for one in told] == [
        ("grace@example.com", "super_admin", True),
        ("sam@example.com", "super_admin", True),
    ]


def test_an_unknown_person_is_said_to_be_unknown() -> None:
    done = run("deactivate", "nobody@example.com")
    assert done.exit_code == 1
    assert "nobody@example.com" in done.output
