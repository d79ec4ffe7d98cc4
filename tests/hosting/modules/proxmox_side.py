"""fakepve behind its module, as the contract test plays it.

Tokens cannot be given to it from outside: a call with the right one goes on with a ticket instead.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

from commerce.hosting.modules.contract import Account, AccountState
from commerce.hosting.modules.proxmox.guests import SUSPENDED_TAG, key_in
from commerce.hosting.modules.proxmox.module import ProxmoxModule
from tests.doubles.panels.relay import PanelRelay, ProxmoxRelay
from tests.doubles.registrars.http_server import HttpRequest
from tests.hosting.modules.real_panels import running_fakepve
from tests.hosting.modules.relay_side import RelaySide

TOKEN = "commerce@pve!billing=5c1f6f0e-real-as-can-be"
_asked = count(1)


def call_name(request: HttpRequest) -> str:
    """``POST clone``, ``PUT config``, ``GET /cluster/resources``."""
    last = request.path.rpartition("/")[2]
    return f"{request.method} {'guest' if last.isdigit() else last}"


@cache
def ticket_headers() -> Mapping[str, str]:
    """What signs the administrator in at fakepve."""
    panel = running_fakepve()
    relay = PanelRelay(panel.origin, call_name, lambda _request: {})
    form = urlencode({"username": "root@pam", "password": panel.secret}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    data = json.loads(relay.ask("POST", "/api2/json/access/ticket", form, kind).body)["data"]
    relay.end()
    return {
        "Cookie": f"PVEAuthCookie={data['ticket']}",
        "CSRFPreventionToken": data["CSRFPreventionToken"],
        "Authorization": "",
    }


class ProxmoxSide(RelaySide):
    id = "proxmox"
    settings = {
        "token_id": TOKEN.partition("=")[0],
        "token_secret": TOKEN.partition("=")[2],
        "node": "pve1",
        "template": "9000",
        "storage": "local-lvm",
        "bridge": "vmbr0",
        "addresses": "198.51.100.10-198.51.100.29",
        "gateway": "198.51.100.1/24",
    }
    secret_fields = ("token_secret",)
    module_class = ProxmoxModule
    other_package = "cores=4, memory=4096, disk=40"
    names_are_unique = False
    names = {
        "create": "POST clone",
        "find": "GET resources",
        "info": "GET pending",
        "suspend": "PUT config",
        "resume": "POST start",
        "terminate": "DELETE guest",
        "change_package": "PUT config",
        "set_password": "PUT config",
        "usage": "GET current",
        "test": "GET version",
    }

    def __init__(self) -> None:
        relay = ProxmoxRelay(running_fakepve().origin, call_name, self._headers)
        super().__init__(relay)
        self.proxmox = relay
        self.number_asked = next(_asked)

    def _headers(self, request: HttpRequest) -> Mapping[str, str]:
        right = request.headers.get("Authorization") == f"PVEAPIToken={TOKEN}"
        return ticket_headers() if right else {}

    def asked_for(self) -> Account:
        number = self.number_asked
        return replace(
            super().asked_for(),
            key=f"k7f3a9d2c41b8e605f{number}",
            service_id=4000 + number,
            domain=f"vm{number}.alice.example",
            package="cores=2, memory=2048, disk=20",
        )

    def ask(self, method: str, path: str, form: Mapping[str, object] | None = None) -> Any:
        """What fakepve itself says, past all faults."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        body = urlencode(form or {}).encode()
        answer = self.relay.ask(method, f"/api2/json{path}", body, {**ticket_headers(), **kind})
        assert answer.status == 200, answer
        return json.loads(answer.body)["data"]

    def guests(self) -> list[Any]:
        """All but the template."""
        rows = self.ask("GET", "/cluster/resources?type=vm")
        return [row for row in rows if not row["template"]]

    def config_of(self, wanted: Account) -> Any | None:
        for row in self.guests():
            config = self.ask("GET", f"/nodes/{row['node']}/{row['id']}/config")
            if key_in(config) == wanted.key:
                return config | {"row": row}
        return None

    def state_of(self, wanted: Account) -> AccountState | None:
        config = self.config_of(wanted)
        if config is None:
            return None
        stopped = config["row"]["status"] == "stopped"
        off = stopped and not int(config["onboot"]) and SUSPENDED_TAG in config["tags"]
        return AccountState.OFF if off else AccountState.ON

    def number(self) -> int:
        return len(self.guests())

    def pending(self, wanted: Account) -> dict[str, Any]:
        """How it is from its next start on."""
        config = self.config_of(wanted)
        assert config is not None
        rows = self.ask("GET", f"/nodes/pve1/{config['row']['id']}/pending")
        return {row["key"]: row.get("pending", row.get("value")) for row in rows}

    def password_of(self, wanted: Account) -> str:
        return str(self.pending(wanted)["cipassword"])

    def package_of(self, wanted: Account) -> str:
        now = self.pending(wanted)
        sizes = f"cores={now['cores']}, memory={now['memory']}"
        known = (self.asked_for().package, self.other_package)
        return next(package for package in known if package.startswith(sizes))

    def end(self) -> None:
        self.forgets_faults()
        for row in self.guests():
            path = f"/nodes/{row['node']}/{row['id']}"
            if row["status"] == "running":
                self.ask("POST", f"{path}/status/stop")
            self.ask("DELETE", path)
        self.relay.end()


@contextmanager
def proxmox_side() -> Iterator[ProxmoxSide]:
    side = ProxmoxSide()
    try:
        yield side
    finally:
        side.end()
