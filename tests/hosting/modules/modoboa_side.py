"""A real Modoboa behind its module, as the contract test plays it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any
from urllib.parse import urlencode

from commerce.hosting.modules.contract import Account, AccountState
from commerce.hosting.modules.modoboa.module import ModoboaModule
from tests.doubles.panels.relay import PanelRelay
from tests.doubles.registrars.http_server import HttpRequest
from tests.hosting.modules.real_panels import running_modoboa
from tests.hosting.modules.relay_side import RelaySide
from tests.hosting.modules.sides import OTHER_PASSWORD, PASSWORD

_asked = count(1)


def call_name(request: HttpRequest) -> str:
    """``POST domains``, ``PATCH accounts/#``, ``POST domains/#/delete``."""
    path = re.sub(r"\d+", "#", request.path.removeprefix("/api/v2/").strip("/"))
    return f"{request.method} {path}"


class ModoboaSide(RelaySide):
    id = "modoboa"
    secret_fields = ("token",)
    module_class = ModoboaModule
    other_package = "quota=20G, mailboxes=10"
    names_are_unique = True
    names = {
        "create": "POST domains",
        "find": "GET domains",
        "info": "GET domains/#",
        "suspend": "PATCH accounts/#",
        "resume": "PATCH accounts/#",
        "terminate": "POST domains/#/delete",
        "change_package": "PATCH domains/#",
        "set_password": "PATCH accounts/#",
        "usage": "GET domains/#",
        "list_accounts": "GET domains",
        "test": "GET account/me",
    }

    def __init__(self) -> None:
        panel = running_modoboa()
        self.settings = {"token": panel.secret}
        super().__init__(
            PanelRelay(panel.origin, call_name, lambda _request: {"Host": "localhost"})
        )
        self.domain = f"alice{next(_asked)}.example"

    def asked_for(self) -> Account:
        return replace(super().asked_for(), domain=self.domain, package="quota=10G, mailboxes=5")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What Modoboa itself says, past all faults."""
        headers = {
            "Authorization": f"Token {self.settings['token']}",
            "Content-Type": "application/json",
            "Host": "localhost",
        }
        sent = b"" if body is None else json.dumps(body).encode()
        answer = self.relay.ask(method, f"/api/v2/{path}", sent, headers)
        assert 200 <= answer.status < 300, answer
        return json.loads(answer.body) if answer.body else None

    def hold_strangers(self, wanted: Account) -> None:
        person = {"username": "somebody", "password": OTHER_PASSWORD, "with_mailbox": True}
        domain = {"name": wanted.domain, "type": "domain", "quota": "1G", "domain_admin": person}
        self.ask("POST", "domains/", {**domain, "default_mailbox_quota": "1G"})

    def new_mailbox(self, address: str, password: str) -> None:
        """As the administrator of the domain makes one."""
        box = {"full_address": address, "use_domain_quota": True}
        person = {"username": address, "password": password, "role": "SimpleUsers", "mailbox": box}
        self.ask("POST", "accounts/", person)

    def domains(self) -> list[Any]:
        rows: list[Any] = self.ask("GET", "domains/?page_size=1000")["results"]
        return rows

    def people(self, domain: str) -> list[Any]:
        rows = self.ask("GET", "accounts/?page_size=1000")["results"]
        return [row for row in rows if row["username"].endswith(f"@{domain}")]

    def state_of(self, wanted: Account) -> AccountState | None:
        for domain in self.domains():
            if domain["name"] == wanted.domain:
                off = not domain["enabled"] and not self.people(wanted.domain)[0]["is_active"]
                return AccountState.OFF if off else AccountState.ON
        return None

    def number(self) -> int:
        return len(self.domains())

    def password_of(self, wanted: Account) -> str:
        name = self.people(wanted.domain)[0]["username"]
        return next(each for each in (PASSWORD, OTHER_PASSWORD) if self.lets_in(name, each))

    def lets_in(self, name: str, password: str) -> bool:
        """Whether one gets in by Modoboa's own form."""
        asked = self.relay.ask(
            "GET", "/accounts/login/", headers={"Host": "localhost"}
        ).body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', asked)
        assert token is not None
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token[1]}
        answer = self.relay.ask(
            "POST",
            "/accounts/login/",
            urlencode(form).encode(),
            {
                "Host": "localhost",
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": f"csrftoken={token[1]}",
            },
        )
        assert answer.status in (200, 302, 401), answer
        return answer.status == 302

    def package_of(self, wanted: Account) -> str:
        [domain] = [each for each in self.domains() if each["name"] == wanted.domain]
        limits = {row["name"]: row for row in self.people(wanted.domain)[0]["resources"]}
        quota, boxes = int(domain["quota"]) // 1024, limits["mailboxes"]["max_value"] + 1
        return f"quota={quota}G, mailboxes={boxes}"

    def end(self) -> None:
        self.forgets_faults()
        self.relay.end()  # and with it calls that nobody waited for
        for domain in self.domains():
            self.ask("POST", f"domains/{domain['pk']}/delete/", {"keep_folder": False})
            for person in self.people(domain["name"]):
                self.ask("POST", f"accounts/{person['pk']}/delete/", {"keepdir": False})


@contextmanager
def modoboa_side() -> Iterator[ModoboaSide]:
    side = ModoboaSide()
    try:
        yield side
    finally:
        side.end()
