"""Servers: the machines that hosting accounts live on (services-and-provisioning.md 3)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.catalog.actions.editing import bump_shared_revision
from commerce.catalog.finding import hold_server_group
from commerce.catalog.models import Product
from commerce.db.locks import lock
from commerce.hosting.actions.server_fields import MAX_ACCOUNTS, read_server_fields
from commerce.hosting.actions.server_settings import (
    NO_CHANGE,
    SettingsChange,
    change_settings,
    check_complete,
    credentials_blocked_reason,
    directs_secrets_elsewhere,
    missing_settings,
)
from commerce.hosting.job_names import remote_name_of_server
from commerce.hosting.models import Server
from commerce.hosting.modules.registry import module_class, module_for
from commerce.hosting.panel_servers import call_log
from commerce.hosting.server_tests import try_accounts
from commerce.jobs.manual import resume_remote
from commerce.jobs.remotes import troubled_remote, wake_remote
from commerce.jobs.rules import RestCause
from commerce.kit.acts.act import act
from commerce.kit.acts.shown import Confirmed
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, NeedsConfirmation, StateConflict

DIRECTS_SECRETS = frozenset({"hostname", "port", "module", "fingerprint"})
"""What decides where the secrets of a server are sent, and who is trusted there."""


@transaction.atomic
def create_server(
    *,
    name: str,
    hostname: str,
    ctx: Context,
    settings: Mapping[str, str] | None = None,
    **more: Any,
) -> Server:
    """A new server; ``settings`` and ``more`` as ``change_server`` takes them.

    It is active unless its module needs settings that it lacks yet. Raises ``BusinessError``, also when its name is
    taken.
    """
    fields = read_server_fields({"name": name, "hostname": hostname, **more})
    if Server.objects.filter(name=fields["name"]).exists():
        raise BusinessError("server.name_taken", field="name")
    hold_server_group(fields.get("group", ""))
    bump_shared_revision()
    server = Server(changed_at=ctx.at, **fields)
    given = change_settings(server, settings or {})
    if missing_settings(server):
        server.is_active = False
    server.save(force_insert=True)
    _note_server(server, "created", {}, {**fields, **given.after}, ctx)
    return server


def change_server(
    *,
    server: Server,
    ctx: Context,
    settings: Mapping[str, str] | None = None,
    confirmed: Collection[str] = (),
    **changes: Any,
) -> None:
    """Change any of ``name``, ``hostname``, ``port`` (0: that of the module), ``fingerprint``, ``group``, ``module``,
    ``panel_url``, ``max_accounts``, ``ipv4``, ``ipv6``, ``nameservers`` (2 to 4, or none) and ``is_active``: one that
    is not active gets no new accounts, and everything else goes on.

    ``settings`` are those of the fields of its module that shall change, by their names; an empty secret stays as it
    is. A new hostname is shown for every service on the server from now on, and gets none of the secrets that the old
    one had that are not among ``settings``, nor has a new port, module, or pinned certificate, or whatever else of its
    module directs them: the server is switched off until they are typed again.

    Raises ``BusinessError``, and unless a person is sure of this, too, ``NeedsConfirmation`` for a server that, asked
    with all this, does not have our accounts there, and for one that shall get new ones though it does not work:
    ``confirmed`` has the codes of what they were told.
    """
    candidate = Server.objects.get(pk=server.pk)
    _check_change(candidate, _apply(candidate, changes, settings or {}, ctx), confirmed)
    _record_change(server, changes, settings or {}, ctx)


@dataclass(frozen=True, slots=True)
class _ServerChange:
    """What changes of a server: columns before and after, settings, and whether its secrets would go elsewhere."""

    before: Mapping[str, Any]
    new: dict[str, Any]
    given: SettingsChange
    is_moved: bool

    @property
    def is_nothing(self) -> bool:
        return not self.new and not self.given.after


def _apply(
    row: Server, changes: Mapping[str, Any], settings: Mapping[str, str], ctx: Context
) -> _ServerChange:
    """Change a row that is not saved yet. Raises ``BusinessError``."""
    if settings and "module" not in changes and (blocked := credentials_blocked_reason(row, ctx)):
        raise blocked
    fields = read_server_fields(changes)
    before = {name: getattr(row, name) for name in fields}
    new = {name: value for name, value in fields.items() if before[name] != value}
    if "name" in new and Server.objects.filter(name=new["name"]).exists():
        raise BusinessError("server.name_taken", field="name")
    for name, value in new.items():
        setattr(row, name, value)
    is_moved = bool(new.keys() & DIRECTS_SECRETS) or directs_secrets_elsewhere(row, settings)
    given = NO_CHANGE
    if settings or is_moved:
        given = change_settings(row, settings, keeps_secrets=not is_moved)
    if is_moved and "module" not in new and row.is_active and missing_settings(row):
        new["is_active"] = row.is_active = False
    if given.after or new.keys() & {"module", "is_active"}:
        check_complete(row)
    if is_moved or given.after:
        row.tested_at, row.test_problem = None, ""
    return _ServerChange(before, new, given, is_moved)


def _check_change(candidate: Server, change: _ServerChange, confirmed: Collection[str]) -> None:
    """Raises ``NeedsConfirmation`` for what a person has to be sure of. Asks the network."""
    if change.new.get("is_active") and "server.test_failed" not in confirmed:
        trouble = troubled_remote(remote_name_of_server(candidate.name))
        if problem := candidate.test_problem or (trouble and (trouble.problem or trouble.cause)):
            raise NeedsConfirmation("server.test_failed", server=candidate.name, problem=problem)
    of_account = {one.name for one in module_class(candidate.module).fields if one.is_of_account}
    is_other = change.is_moved or bool(change.given.after.keys() & of_account)
    is_sure = not {"server.not_tried", "server.other_machine"}.isdisjoint(confirmed)
    if not is_other or is_sure or missing_settings(candidate):
        return
    trial = try_accounts(candidate, module_for(candidate, call_log(candidate)))
    if trial.failure is not None:
        raise NeedsConfirmation(
            "server.not_tried", server=candidate.name, problem=trial.failure.message
        )
    if trial.has_moved:
        raise NeedsConfirmation(
            "server.other_machine",
            server=candidate.name,
            found=trial.found,
            asked=trial.asked,
        )


@transaction.atomic
def _record_change(
    server: Server, changes: Mapping[str, Any], settings: Mapping[str, str], ctx: Context
) -> None:
    hold_server_group(
        changes.get("group") or ""
    )  # before the server, as a group that is renamed does
    row = lock(server)
    change = _apply(row, changes, settings, ctx)
    if change.is_nothing:
        return
    if "hostname" in change.new:
        bump_shared_revision()
        row.changed_at = ctx.at
    row.save()
    old = {name: change.before.get(name, True) for name in change.new}
    given = change.given
    _note_server(row, "updated", {**old, **given.before}, {**change.new, **given.after}, ctx)
    wake_remote(remote=remote_name_of_server(row.name), at=ctx.at)
    server.refresh_from_db()


def stop_new_accounts_blocked_reason(server: Server, ctx: Context) -> StateConflict | None:
    """Blocks stopping new accounts where none are taken anyway."""
    return None if server.is_active else StateConflict("server.already_off")


@act(
    "server.disable",
    Server,
    label=_("Stop new accounts"),
    intro=_("Existing accounts continue."),
    done=_("The server gets no new accounts."),
    staff=StaffPermission.SERVERS_MANAGE,
    blocked=stop_new_accounts_blocked_reason,
)
def stop_new_accounts(*, server: Server, ctx: Context) -> None:
    """Have a server get no new accounts; everything else goes on. Raises ``StateConflict``."""
    if blocked := stop_new_accounts_blocked_reason(Server.objects.get(pk=server.pk), ctx):
        raise blocked
    change_server(server=server, is_active=False, ctx=ctx)


def resume_new_accounts_blocked_reason(server: Server, ctx: Context) -> StateConflict | None:
    """Blocks resuming new accounts where they are taken anyway."""
    return StateConflict("server.already_on") if server.is_active else None


@act(
    "server.enable",
    Server,
    label=_("Resume new accounts"),
    done=_("The server gets new accounts again."),
    staff=StaffPermission.SERVERS_MANAGE,
    blocked=resume_new_accounts_blocked_reason,
)
@transaction.atomic
def resume_new_accounts(
    *, server: Server, ctx: Context, confirmed: Annotated[Collection[str], Confirmed()] = ()
) -> None:
    """It gets new accounts again. Raises what ``change_server`` does."""
    if blocked := resume_new_accounts_blocked_reason(Server.objects.get(pk=server.pk), ctx):
        raise blocked
    change_server(server=server, is_active=True, confirmed=confirmed, ctx=ctx)


def accept_missing_blocked_reason(server: Server, ctx: Context) -> StateConflict | None:
    """Blocks accepting that accounts are missing where none was missed."""
    state = troubled_remote(remote_name_of_server(server.name))
    is_moved = state is not None and state.cause == RestCause.MOVED
    return None if is_moved else StateConflict("server.none_missing")


@act(
    "server.accept_missing",
    Server,
    label=_("Accounts are gone"),
    intro=_(
        "Only if this really is your server and the accounts on it are gone for good. Services that end are "
        "then ended without an account to remove."
    ),
    done=_("What was waiting continues now. For a day, missing accounts count as removed."),
    staff=StaffPermission.SERVERS_MANAGE,
    blocked=accept_missing_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def accept_missing_accounts(
    *, server: Server, reason: Annotated[str, REASON], ctx: Context
) -> None:
    """The accounts that a server lacks are gone: for a day, what ends there may find that it has ended already."""
    row = lock(server)
    if blocked := accept_missing_blocked_reason(row, ctx):
        raise blocked
    row.missing_accepted_at = ctx.at
    row.save(update_fields=["missing_accepted_at"])
    write_audit_entry(
        ctx=ctx,
        action="server.missing_accepted",
        record=("server", row.pk),
        name=row.name,
        reason=reason,
    )
    resume_remote(remote=remote_name_of_server(row.name), ctx=ctx)


def delete_server_blocked_reason(server: Server, ctx: Context) -> StateConflict | None:
    """Blocks deleting a server that services are, or were, on."""
    return StateConflict("server.has_services") if server.services.exists() else None


@act(
    "server.delete",
    Server,
    label=_("Delete"),
    done=_("The server is deleted."),
    staff=StaffPermission.SERVERS_MANAGE,
    blocked=delete_server_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def delete_server(*, server: Server, ctx: Context) -> None:
    """Remove a server that no service was ever on."""
    row = lock(server)
    if blocked := delete_server_blocked_reason(row, ctx):
        raise blocked
    bump_shared_revision()
    _note_server(row, "deleted", {"name": row.name, "hostname": row.hostname}, {}, ctx)
    row.delete()


def choose_server(product: Product) -> Server | None:
    """The server for a new account of a product: most free slots, then the oldest; None if there is none.

    Active ones of its module and group with a free slot. Locks all that are active, always in the same order, so that
    no slot is taken twice and orders of several products don't wait for each other.
    """
    active = Server.objects.filter(is_active=True)
    list(active.select_for_update().order_by("pk").values_list("pk", flat=True))
    fit = active.filter(module=product.module, group=product.server_group)
    free = [
        (
            server.max_accounts - server.account_count if server.max_accounts else MAX_ACCOUNTS + 1,
            server,
        )
        for server in fit.with_account_count().order_by("pk")
    ]
    slots, best = max(free, key=lambda pair: pair[0], default=(0, None))
    return best if slots > 0 else None


def _note_server(
    server: Server,
    verb: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    ctx: Context,
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"server.{verb}",
        record=("server", server.pk),
        name=server.name,
        before=before,
        after=after,
    )
