"""Why an action on a staff person, their programs, a role or a bulk action is not possible now."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator

from commerce.accounts.actions.staff_people import api_tokens, machine_accounts, making, roles
from commerce.accounts.actions.staff_people import changing as staff
from commerce.accounts.bulk_actions import actions as bulk_actions
from commerce.accounts.bulk_actions.rules import BulkStatus
from commerce.accounts.models import BulkAction, Staff
from commerce.accounts.staff_rules import StaffPermission
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.blocked_reasons import Acts, blocked_codes
from tests.make.bulk_actions import make_bulk_action
from tests.make.staff import as_staff, make_machine_account, make_staff, make_staff_token, role

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def staff_acts(ctx: Context) -> Acts:
    return {
        "role": (
            staff.change_staff_blocked_reason,
            lambda one: staff.change_staff(staff=one, role=one.role, ctx=ctx),
        ),
        "permissions": (
            staff.set_staff_permissions_blocked_reason,
            lambda one: staff.set_staff_permissions(staff=one, ctx=ctx),
        ),
        "factors": (
            staff.reset_staff_factors_blocked_reason,
            lambda one: staff.reset_staff_factors(staff=one, reason="Lost", ctx=ctx),
        ),
        "invite again": (
            making.invite_staff_again_blocked_reason,
            lambda one: making.invite_staff_again(staff=one, ctx=ctx),
        ),
        "deactivate": (
            staff.deactivate_staff_blocked_reason,
            lambda one: staff.deactivate_staff(staff=one, ctx=ctx),
        ),
        "reactivate": (
            staff.reactivate_staff_blocked_reason,
            lambda one: staff.reactivate_staff(staff=one, ctx=ctx),
        ),
        "delete": (
            staff.delete_staff_blocked_reason,
            lambda one: staff.delete_staff(staff=one, ctx=ctx),
        ),
    }


def test_what_is_said_of_staff_is_what_is_raised() -> None:
    grace, sam = make_staff(), make_staff("support")
    by_grace = Context(CTX.at, as_staff(grace))
    every = staff_acts(by_grace)
    invited = {"invite again": "staff.has_password"}
    own = dict.fromkeys(every, "staff.own_record") | invited
    assert blocked_codes(every, grace, by_grace) == own
    active = invited | {"reactivate": "staff.already_active"}
    assert blocked_codes(every, sam, by_grace) == active
    sam.person.set_unusable_password()
    sam.person.save()
    assert "invite again" not in blocked_codes(every, sam, by_grace)
    staff.deactivate_staff(staff=sam, ctx=by_grace)
    Authenticator.objects.filter(user=sam.user).delete()
    sam.refresh_from_db()
    assert blocked_codes(every, sam, by_grace) == {
        "invite again": "staff.already_inactive",
        "deactivate": "staff.already_inactive",
        "factors": "authenticator.none",
    }
    last = "staff.last_super_admin"
    assert blocked_codes(staff_acts(CTX), grace, CTX) == {
        **invited,
        "permissions": "staff.has_all_permissions",
        "deactivate": last,
        "reactivate": "staff.already_active",
        "delete": last,
    }


def role_acts(ctx: Context) -> Acts:
    return {
        "edit": (
            roles.edit_staff_role_blocked_reason,
            lambda one: roles.edit_staff_role(role=one, name=f"{one.name} anew", ctx=ctx),
        ),
        "delete": (
            roles.delete_staff_role_blocked_reason,
            lambda one: roles.delete_staff_role(role=one, ctx=ctx),
        ),
    }


def test_what_is_said_of_a_staff_role_is_what_is_raised() -> None:
    support = role("support")
    acts = role_acts(CTX)
    fixed = {"edit": "staff_role.fixed", "delete": "staff_role.shipped"}
    assert blocked_codes(acts, role("super_admin"), CTX) == fixed
    assert blocked_codes(acts, support, CTX) == {"delete": "staff_role.shipped"}
    nights = roles.create_staff_role(name="Night shift", copy_of=support, ctx=CTX)
    assert blocked_codes(acts, nights, CTX) == {}
    sam = make_staff("support")
    Staff.objects.filter(pk=sam.pk).update(
        role=nights, extra_permissions=[StaffPermission.STAFF_MANAGE]
    )
    by_sam = Context(CTX.at, as_staff(sam))
    own = {"edit": "staff_role.own", "delete": "staff_role.in_use"}
    assert blocked_codes(role_acts(by_sam), nights, by_sam) == own


def machine_acts(ctx: Context) -> Acts:
    return {
        "confirm": (
            machine_accounts.live_machine_blocked_reason,
            lambda one: machine_accounts.confirm_machine_account(machine=one, ctx=ctx),
        ),
        "deactivate": (
            machine_accounts.live_machine_blocked_reason,
            lambda one: machine_accounts.deactivate_machine_account(machine=one, ctx=ctx),
        ),
        "reactivate": (
            machine_accounts.reactivate_machine_account_blocked_reason,
            lambda one: machine_accounts.reactivate_machine_account(machine=one, ctx=ctx),
        ),
        "new token": (
            api_tokens.create_machine_token_blocked_reason,
            lambda one: api_tokens.create_machine_token(
                machine=one,
                name="Export",
                permissions=sorted(one.all_permissions)[:1],
                expires_on=ctx.at.date() + timedelta(days=9),
                ctx=ctx,
            ),
        ),
    }


def test_what_is_said_of_a_machine_account_is_what_is_raised() -> None:
    grace, other = make_staff(), make_staff()
    machine = make_machine_account(grace)
    by_grace, by_other = (Context(CTX.at, as_staff(one)) for one in (grace, other))
    every, active = machine_acts(by_grace), {"reactivate": "machine_account.active"}
    assert blocked_codes(every, machine, by_grace) == active
    not_theirs = active | {"new token": "machine_account.not_owner"}
    assert blocked_codes(machine_acts(by_other), machine, by_other) == not_theirs
    machine_accounts.deactivate_machine_account(machine=machine, ctx=by_grace)
    machine.refresh_from_db()
    off = dict.fromkeys(("confirm", "deactivate", "new token"), "machine_account.inactive")
    assert blocked_codes(every, machine, by_grace) == off


def test_what_is_said_of_a_token_of_staff_is_what_is_raised() -> None:
    token = make_staff_token(make_staff())[0]
    acts: Acts = {
        "revoke": (
            api_tokens.revoke_staff_token_blocked_reason,
            lambda one: api_tokens.revoke_staff_token(token=one, ctx=CTX),
        )
    }
    assert blocked_codes(acts, token, CTX) == {}
    api_tokens.revoke_staff_token(token=token, ctx=CTX)
    token.refresh_from_db()
    assert blocked_codes(acts, token, CTX) == {"revoke": "api_token.ended"}


def test_a_person_has_tokens_once_they_have_a_second_factor() -> None:
    grace = make_staff()
    by_grace = Context(CTX.at, as_staff(grace))
    acts: Acts = {
        "new": (
            api_tokens.create_staff_token_blocked_reason,
            lambda _none: api_tokens.create_staff_token(
                name="Export",
                permissions=[StaffPermission.CLIENTS_VIEW],
                expires_on=CTX.at.date() + timedelta(days=9),
                ctx=by_grace,
            ),
        )
    }
    assert blocked_codes(acts, None, by_grace) == {}
    Authenticator.objects.all().delete()
    assert blocked_codes(acts, None, by_grace) == {"new": "staff_token.no_second_factor"}


def bulk_acts(ctx: Context) -> Acts:
    return {
        "start": (
            bulk_actions.start_blocked_reason,
            lambda one: bulk_actions.start_bulk_action(bulk=one, values={}, ctx=ctx),
        ),
        "stop": (
            bulk_actions.stop_blocked_reason,
            lambda one: bulk_actions.stop_bulk_action(bulk=one, ctx=ctx),
        ),
        "undo": (
            bulk_actions.undo_blocked_reason,
            lambda one: bulk_actions.undo_bulk_action(bulk=one, ctx=ctx),
        ),
    }


def test_what_is_said_of_a_bulk_action_is_what_is_raised() -> None:
    grace = make_staff()
    by_grace = Context(CTX.at, as_staff(grace))
    bulk = make_bulk_action(grace)
    BulkAction.objects.update(undo_until=CTX.at + timedelta(minutes=1))
    refused = {
        "start": "bulk_action.already_started",
        "stop": "bulk_action.not_running",
        "undo": "bulk_action.cannot_be_undone",
    }
    expected = {
        **dict.fromkeys(BulkStatus, refused),
        BulkStatus.CHECKING: refused | {"start": "bulk_action.not_checked"},
        BulkStatus.READY: refused | {"start": "bulk_action.nothing_possible"},
        BulkStatus.RUNNING: {name: refused[name] for name in ("start", "undo")},
        BulkStatus.CAN_BE_UNDONE: {name: refused[name] for name in ("start", "stop")},
    }
    for status, codes in expected.items():
        BulkAction.objects.update(status=status)
        bulk.refresh_from_db()
        assert blocked_codes(bulk_acts(by_grace), bulk, by_grace) == codes, status
    by_other = Context(CTX.at, as_staff(make_staff("admin")))
    not_own = dict.fromkeys(("start", "undo"), "bulk_action.not_own")
    assert blocked_codes(bulk_acts(by_other), bulk, by_other) == refused | not_own
