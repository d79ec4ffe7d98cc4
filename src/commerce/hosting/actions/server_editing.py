"""Acts that add and edit a server (services-and-provisioning.md 3). Its credentials have a page of their own."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.catalog.actions.editing import without_none, without_unchanged
from commerce.catalog.finding import check_server_group, server_group_names
from commerce.hosting.actions.server_fields import MAX_ACCOUNTS
from commerce.hosting.actions.server_settings import missing_settings, set_secret_names
from commerce.hosting.actions.servers import change_server, create_server
from commerce.hosting.models import Server
from commerce.hosting.modules.registry import module_class, module_names
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import (
    UNCHANGED,
    Integer,
    Line,
    Reference,
    UnchangedValue,
    Words,
)
from commerce.kit.acts.lists import WordList
from commerce.kit.acts.shown import Confirmed
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits


def find_server_module(name: str) -> str:
    """The name of a module that there is. Raises ``BusinessError``."""
    if name not in module_names():
        raise BusinessError(
            "server.module_unknown", name=name, known=", ".join(module_names()), field="module"
        )
    return name


def _never_in_forms(_server: Server) -> bool:
    return False


NAME = Line(_("Name"), most=100)
HOSTNAME = Line(_("Hostname"), about=_("Shown for every service on this server."), most=253)
MODULE = Reference(
    _("Module"),
    about=_("Sets up accounts on this server."),
    find=find_server_module,
    shown=lambda name: module_class(name).label,
    among=module_names,
)
PORT = Integer(_("Port of the control panel"), about=_("0 for the module's own."), most=65_535)
GROUP = Reference(
    _("Group"),
    about=_("Products choose their servers by module and group."),
    find=check_server_group,
    among=server_group_names,
    or_none=True,
)
ACCOUNTS = Integer(_("Maximum number of accounts"), about=_("0 for no limit."), most=MAX_ACCOUNTS)
PANEL_URL = Line(_("Control panel URL"), most=500, least=0)
IPV4 = Line(_("IPv4 address of websites"), most=15, least=0)
IPV6 = Line(_("IPv6 address of websites"), most=39, least=0)
NAMESERVERS = WordList(
    _("Nameservers"),
    about=_(
        "2 to 4 hostnames, separated by spaces, for domains ordered with a service. If empty, "
        "the default nameservers."
    ),
    most=1100,
)
FINGERPRINT = Line(
    _("SHA-256 fingerprint"),
    about=_("Empty: a certificate from a public authority, as for any website."),
    most=100,
    least=0,
    asked_if=_never_in_forms,  # the page that pins it asks the server first
)


def _added_text(server: Server, _record: None) -> Words:
    if missing_settings(server):
        return _("The server is added. Enter its credentials, then test it and turn it on.")
    return _("The server is added.")


@act(
    "server.new",
    None,
    label=_("Add server"),
    done=_added_text,
    staff=StaffPermission.SERVERS_MANAGE,
    example="server add --name web1 --hostname web1.example.net --module cpanel --group eu",
)
@transaction.atomic
def add_server(
    *,
    name: Annotated[str, NAME],
    hostname: Annotated[str, HOSTNAME],
    ctx: Context,
    module: Annotated[str, MODULE] = "manual",
    port: Annotated[int, PORT] = 0,
    group: Annotated[str | None, GROUP] = None,
    max_accounts: Annotated[int, ACCOUNTS] = 0,
    panel_url: Annotated[str, PANEL_URL] = "",
    ipv4: Annotated[str, IPV4] = "",
    ipv6: Annotated[str, IPV6] = "",
    nameservers: Annotated[Iterable[str], NAMESERVERS] = (),
    fingerprint: Annotated[str, FINGERPRINT] = "",
) -> Server:
    """``create_server`` without settings of its module."""
    more: dict[str, Any] = {
        "port": port,
        "group": group,
        "max_accounts": max_accounts,
        "panel_url": panel_url,
        "ipv4": ipv4,
        "ipv6": ipv6,
        "nameservers": nameservers,
        "fingerprint": fingerprint,
    }
    told = {name: value for name, value in more.items() if value}
    return create_server(name=name, hostname=hostname, module=module, **told, ctx=ctx)


def _changed_text(forgotten: Collection[str], _server: Server) -> Words:
    if not forgotten:
        return _("The server is changed.")
    words = _("The server is changed. Enter again what isn't sent to another address: %(names)s.")
    return str(words) % {"names": ", ".join(sorted(forgotten))}


@act(
    "server.edit",
    Server,
    label=_("Edit"),
    done=_changed_text,
    staff=StaffPermission.SERVERS_MANAGE,
    example="server change web1 --hostname web9.example.net",
    is_atomic=False,
)
def edit_server(
    *,
    server: Server,
    ctx: Context,
    name: Annotated[str | None, replace(NAME, edits="name")] = None,
    hostname: Annotated[str | None, replace(HOSTNAME, edits="hostname")] = None,
    module: Annotated[str | None, replace(MODULE, edits="module")] = None,
    port: Annotated[int | None, replace(PORT, edits="port")] = None,
    group: Annotated[str | UnchangedValue | None, replace(GROUP, edits="group")] = UNCHANGED,
    max_accounts: Annotated[int | None, replace(ACCOUNTS, edits="max_accounts")] = None,
    panel_url: Annotated[str | None, replace(PANEL_URL, edits="panel_url")] = None,
    ipv4: Annotated[str | None, replace(IPV4, edits="ipv4")] = None,
    ipv6: Annotated[str | None, replace(IPV6, edits="ipv6")] = None,
    nameservers: Annotated[Iterable[str] | None, replace(NAMESERVERS, edits="nameservers")] = None,
    fingerprint: Annotated[str | None, replace(FINGERPRINT, edits="fingerprint")] = None,
    confirmed: Annotated[Collection[str], Confirmed()] = (),
) -> Collection[str]:
    """``save_server`` with what was told; the names of the secrets that did not outlive it."""
    told = {
        "name": name,
        "hostname": hostname,
        "module": module,
        "port": port,
        "max_accounts": max_accounts,
        "panel_url": panel_url,
        "ipv4": ipv4,
        "ipv6": ipv6,
        "nameservers": nameservers,
        "fingerprint": fingerprint,
    }
    changes = without_none(**told) | without_unchanged(group=group)
    return save_server(server=server, changes=changes, confirmed=confirmed, ctx=ctx)


def save_server(
    *, server: Server, changes: Mapping[str, Any], confirmed: Collection[str], ctx: Context
) -> Collection[str]:
    """``change_server`` within the time of a page: a server that may be another one is asked for our accounts first.

    Returns the names of the secrets that did not outlive it. Raises ``BusinessError``.
    """
    before = set_secret_names(server)
    try:
        with page_limits():
            change_server(server=server, confirmed=confirmed, **changes, ctx=ctx)
    except TimeoutError as busy:
        raise BusinessError(
            "server.test_failed", server=server.name, problem=_("No answer in time.")
        ) from busy
    return before - set_secret_names(server)
