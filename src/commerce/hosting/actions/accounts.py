"""The account of a service in our books: where it is to be made, under which name, and what its panel said of it."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from commerce.accounts.actions.client_locks import bump_revision
from commerce.db.locks import lock
from commerce.hosting.account_names import free_username
from commerce.hosting.actions.editing import update_service
from commerce.hosting.actions.passwords import forget_password, store_password
from commerce.hosting.actions.servers import choose_server
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import AccountInfo, Service
from commerce.hosting.modules.contract import PanelAccount
from commerce.hosting.provisioning import is_being_terminated
from commerce.hosting.rules import LIVE_SERVICE_STATUSES, ServiceStatus
from commerce.kit.context import Context


@transaction.atomic
def prepare_account(*, service: Service, ctx: Context) -> Service:
    """Settle the server and the username before the panel is asked, so that every try asks for the same.

    Without a free server it comes back without one.
    """
    row = _lock_service(service, ctx)
    server = row.server or choose_server(row.product)
    if server is None:
        return row
    lock(server)  # of two that look for a username there, one waits
    username = row.username or free_username(
        row.domain, row.label, lambda name: _is_taken(row, server.pk, name)
    )
    changes: dict[str, Any] = {"server": server, "username": username}
    if (row.server, row.username) != (server, username):
        update_service(row, "server_chosen", ctx=ctx, **changes)
    return _lock_service(row, ctx)


def _lock_service(service: Service, ctx: Context) -> Service:
    bump_revision(service.client_id, ctx)
    rows = Service.objects.select_for_update(of=("self",))
    return rows.select_related("product", "server", "client").get(pk=service.pk)


def _is_taken(service: Service, server_id: int, username: str) -> bool:
    """By a live service, or by one that has ended and whose account is not removed yet."""
    held = Service.objects.filter(
        Q(status__in=LIVE_SERVICE_STATUSES) | Q(is_being_terminated()),
        Q(username=username) | Q(remote_id=username),
        server_id=server_id,
    )
    return held.exclude(pk=service.pk).exists()


def service_with_same_account(service: Service) -> Service | None:
    """Another live service of the same server that has the account of this one, as far as one can tell: by its id, or
    while that is not known by its username or domain.
    """
    name = service.remote_id or service.username
    same = Q(remote_id=name) | Q(username=name) if name else Q(pk=None)
    if not service.remote_id and service.domain:
        same |= Q(domain=service.domain)
    live = Service.objects.filter(server=service.server_id, status__in=LIVE_SERVICE_STATUSES)
    return live.filter(same).exclude(pk=service.pk).order_by("pk").first()


@transaction.atomic
def record_account_made(
    *, service: Service, made: PanelAccount | None, has_password: bool, ctx: Context
) -> None:
    """Write down that the panel has the account, and start its service. Without ``made`` the panel told nothing of it.

    A service that has ended meanwhile keeps the ``remote_id``, by which the account is then removed.
    """
    row = _lock_service(service, ctx)
    username = made.username if made else row.username
    remote_id = made.remote_id if made else row.remote_id
    if has_password:
        store_password(row, ctx.at)
    else:
        forget_password(row)
    if made is not None:
        store_account_info(service=row, account=made, ctx=ctx)
    if row.status == ServiceStatus.PENDING:
        activate_service(
            service=row, server=row.server, username=username, remote_id=remote_id, ctx=ctx
        )
        return
    update_service(row, "account_set", ctx=ctx, username=username, remote_id=remote_id)


@transaction.atomic
def record_account_reinstalled(
    *, service: Service, made: PanelAccount | None, ctx: Context
) -> None:
    """Write down that the panel has reinstalled a machine: its new password holds, and its id may be another one."""
    row = _lock_service(service, ctx)
    store_password(row, ctx.at)
    if made is None:
        return
    store_account_info(service=row, account=made, ctx=ctx)
    if made.remote_id != row.remote_id:
        update_service(row, "account_set", ctx=ctx, remote_id=made.remote_id)


def store_account_info(*, service: Service, account: PanelAccount, ctx: Context) -> None:
    """Keep what the panel says of the account; details stay where it gives none, as in a list of accounts."""
    said: dict[str, Any] = {
        "state": account.state,
        "package": account.package[:100],
        "checked_at": ctx.at,
    }
    if account.details:
        said["details"] = dict(account.details)
    AccountInfo.objects.update_or_create(service=service, defaults=said)
