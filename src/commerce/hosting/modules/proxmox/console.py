"""Who may open the console of a guest: a user of Proxmox's own for each, who may do nothing else there.

A token may make and delete users but set no passwords: a new password is a new user.
"""

from urllib.parse import quote, urlencode

from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import Account
from commerce.hosting.modules.proxmox.client import NumberInUseError, ProxmoxClient
from commerce.hosting.modules.proxmox.guests import ProxmoxGuest, console_user
from commerce.kit.remote.http import ProviderSilentError

ROLE = "PVEVMUser"
"""Console, power and backups of this one guest."""


def grant_console(
    client: ProxmoxClient, account: Account, guest: ProxmoxGuest, password: str
) -> None:
    """Let its client in with this password, and with no other."""
    user = console_user(account)
    remove_console_user(client, account)
    try:
        client.call(
            "POST",
            "/access/users",
            {"userid": user, "password": password, "comment": f"commerce: {account.key}"},
            hidden=[password],
        )
    except NumberInUseError as error:  # made just now by another job of ours, with another password
        raise ProviderSilentError(f"the user {user} is there already") from error
    rights = {"path": f"/vms/{guest.number}", "users": user, "roles": ROLE}
    client.call("PUT", "/access/acl", rights)


def enable_console_user(client: ProxmoxClient, account: Account, *, enabled: bool) -> None:
    """Let in, or keep out. One who was never let in stays out."""
    user = console_user(account)
    if _exists(client, user):
        client.call("PUT", f"/access/users/{quote(user, safe='')}", {"enable": int(enabled)})


def remove_console_user(client: ProxmoxClient, account: Account) -> None:
    """Remove the user with all rights, if there is one."""
    user = console_user(account)
    if _exists(client, user):
        client.call("DELETE", f"/access/users/{quote(user, safe='')}")


def _exists(client: ProxmoxClient, user: str) -> bool:
    return any(row["userid"] == user for row in client.get("/access/users"))


def console_address(connection: PanelConnection, guest: ProxmoxGuest) -> str:
    """The page of the console, on the server's own host."""
    kind = (
        {"console": "lxc", "xtermjs": 1} if guest.is_container else {"console": "kvm", "novnc": 1}
    )
    query = {**kind, "vmid": guest.number, "vmname": guest.name, "node": guest.node}
    server = connection.server
    return f"https://{server.hostname}:{server.port}/?{urlencode(query)}"
