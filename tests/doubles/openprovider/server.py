"""The calls of Openprovider that the double knows, as its API description says what they do."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from commerce.domains.registrars.contract import RegistrarState
from commerce.domains.registrars.openprovider import adapter
from commerce.kit import clock
from tests.doubles.contracts import fits
from tests.doubles.openprovider import customers
from tests.doubles.openprovider.resolver import TinyResolver
from tests.doubles.openprovider.words import (
    ApiRefusal,
    Data,
    check_script,
    failed,
    flat,
    full_name,
    hosts,
    success,
    written,
)
from tests.doubles.registrars import holders
from tests.doubles.registrars.account import HeldName, RegistrarAccount, RemoteRefusal
from tests.doubles.registrars.http_server import HttpFault, HttpReply, HttpRequest, RegistrarServer

CONTRACT = Path(adapter.__file__).with_name("requests.json")
USERNAME, PASSWORD = "host@example.com", 'pä"ss w0rd\\'
STATUS = {
    RegistrarState.ACTIVE: "ACT",
    RegistrarState.PENDING: "REQ",
    RegistrarState.PENDING_TRANSFER: "REQ",
    RegistrarState.TRANSFER_WRONG_CODE: "FAI",
    RegistrarState.TRANSFER_REFUSED: "FAI",
    RegistrarState.EXPIRED: "DEL",
    RegistrarState.REDEMPTION: "DEL",
    RegistrarState.GONE: "DEL",
    RegistrarState.UNKNOWN: "XYZ",
}
HISTORY = {
    RegistrarState.TRANSFER_WRONG_CODE: "Registry: Invalid authorization information",
    RegistrarState.TRANSFER_REFUSED: "Registry: transfer rejected by the losing registrar",
}
ROLES = {"owner": "registrant", "admin": "admin", "tech": "tech", "billing": "billing"}
TLDS = ("com", "net", "co.uk", "nl", "ca")
REFUSALS = {"not_found": 320, "taken": 311, "refused": 399}
_CONFIRM = "/customers/verifications/emails"


class Call(NamedTuple):
    """What was asked: the parts of its path, its query, its body."""

    names: Mapping[str, str]
    query: Mapping[str, str]
    sent: Data


class OpenproviderDouble:
    """A reseller's account, its customers, and the tokens it gave."""

    def __init__(self) -> None:
        self.account = RegistrarAccount()
        self.resolver = TinyResolver()
        self.tokens: set[str] = set()
        self.customers: dict[str, Data] = {}
        self.owners: dict[str, str] = {}
        self.comments: dict[str, str] = {}
        self.roles_of_nl = ("owner", "admin", "tech")
        self.queues_registrations = False
        self.hides_codes = False
        self.failed_rows: list[Data] = []
        """Older orders of a name."""
        self.tlds = [self._tld(f"x{number}") for number in range(260)]
        routes: tuple[tuple[str, Callable[[Call], Data]], ...] = (
            ("POST /auth/login", self.log_in),
            ("POST /domains/check", self.check),
            ("GET /domains", self.list_domains),
            ("POST /domains", self.register),
            ("POST /domains/transfer", self.transfer),
            ("GET /domains/{id}", self.get_domain),
            ("PUT /domains/{id}", self.update),
            ("POST /domains/{id}/renew", self.renew),
            ("POST /domains/{id}/restore", self.restore),
            ("POST /domains/{id}/last-operation/restart", self.restart),
            ("GET /domains/{id}/authcode", self.get_code),
            ("GET /customers", self.list_customers),
            ("POST /customers", self.create_customer),
            ("GET /customers/{handle}", self.get_customer),
            (f"GET {_CONFIRM}/domains", lambda call: holders.listed(self.account, call.query)),
            (f"POST {_CONFIRM}/restart", lambda call: holders.restart(self.account, call.sent)),
            ("GET /tlds", self.list_tlds),
            ("GET /tlds/{name}", self.get_tld),
            ("GET /resellers", self.get_reseller),
        )
        self.routes = [(name, _pattern(name), do) for name, do in routes]
        self.server = RegistrarServer(call_name, self.reply, _refused)

    def end(self) -> None:
        self.server.end()
        self.resolver.end()

    def calls(self) -> list[str]:
        """The names of what was asked."""
        return [call_name(each) for each in self.server.requests]

    def fails(self, call: str, kind: str = "dead", **about: Any) -> None:
        """The next call of this name goes wrong."""
        self.server.faults.append(HttpFault(call, kind, **about))

    def reply(self, request: HttpRequest) -> HttpReply:
        path = request.path.removeprefix("/v1beta")
        headers = {name.lower(): value for name, value in request.headers.items()}
        sent = json.loads(request.body) if request.body else None
        fits(CONTRACT, request.method, request.path, query=dict(request.query), sent=sent)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        for name, pattern, do in self.routes:
            found = pattern.fullmatch(f"{request.method} {path}")
            if found is None:
                continue
            if name != "POST /auth/login" and token not in self.tokens:
                return failed(196, f"Authentication/Authorization Failed {token}", 401)
            if request.body and headers.get("content-type") != "application/json":
                return failed(100, "no JSON")
            return self._done(do, Call(found.groupdict(), dict(request.query), sent or {}))
        return failed(12, "Not Implemented", 501)

    def _done(self, do: Callable[[Call], Data], call: Call) -> HttpReply:
        with self.account.lock:
            try:
                data = do(call)
            except RemoteRefusal as error:
                return failed(REFUSALS[error.reason], f"Not this one: {error}")
            except ApiRefusal as error:
                return failed(error.code, str(error), error.status)
            except (KeyError, ValueError, TypeError) as error:
                return failed(200, f"Invalid request: {error!r}", 400)
        return success(data)

    # The account.

    def log_in(self, call: Call) -> Data:
        if call.sent != {"username": USERNAME, "password": PASSWORD, "ip": "0.0.0.0"}:  # noqa: S104 - any
            raise ApiRefusal(196, f"Authentication failed for {call.sent}")
        token = f"t0ken-{self.account.next_number()}"
        self.tokens.add(token)
        return {"token": token, "reseller_id": 12}

    def get_reseller(self, call: Call) -> Data:
        reserved = 2_000
        settings = {"currency": "EUR"} if call.query.get("with_settings") == "true" else {}
        total = self.account.balance + reserved
        return {"balance": total / 100, "reserved_balance": reserved / 100, "settings": settings}

    def list_customers(self, call: Call) -> Data:
        return customers.listed(self.customers, call.query)

    def get_customer(self, call: Call) -> Data:
        handle = call.names["handle"]
        return customers.told(handle, self.customers[handle], call.query)

    def create_customer(self, call: Call) -> Data:
        kept = customers.checked(call.sent)
        handle = f"ZM{self.account.next_number():06}-{kept['address']['country']}"
        self.customers[handle] = kept
        return {"handle": handle}

    # Endings.

    def _tld(self, name: str) -> Data:
        def price(amount: float) -> Data:
            return {
                "product": {"price": amount + 1, "currency": "USD"},
                "reseller": {"price": amount, "currency": "EUR"},
            }

        roles = self.roles_of_nl if name == "nl" else tuple(ROLES)
        prices = {
            "create_price": price(8.5),
            "renew_price": price(9.99),
            "transfer_price": price(7.005),
            "restore_price": price(80),
        }
        handles = {f"{role}_handle_supported": role in roles for role in ROLES}
        return {"name": name, "status": "ACT", "prices": prices, **handles}

    def list_tlds(self, call: Call) -> Data:
        if call.query["with_price"] != "true":
            raise ValueError("with_price")
        offset = int(call.query["offset"])
        rows = self.tlds[offset : offset + int(call.query["limit"])]
        return {"results": rows, "total": len(self.tlds)}

    def get_tld(self, call: Call) -> Data:
        if call.names["name"] not in TLDS:
            raise ApiRefusal(307, "Your domain request contains an invalid extension!")
        return self._tld(call.names["name"])

    # Names.

    def check(self, call: Call) -> Data:
        asked = call.sent["domains"]
        if len(asked) > 15:
            raise ApiRefusal(0, "Internal error")
        if any(each["extension"].startswith("invalid") for each in asked):
            raise ApiRefusal(307, "Your domain request contains an invalid extension!")
        names = [f"{each['name']}.{each['extension']}" for each in asked]
        for name in names:
            check_script(name, call.sent)
        return {"results": [self._checked(name) for name in names]}

    def _checked(self, name: str) -> Data:
        if name.endswith(".unreachable"):
            return {"domain": name, "status": "error", "reason": "The registry does not answer"}
        if not self.account.is_free(name):
            return {"domain": name, "status": "active", "reason": "In use"}
        if price := self.account.premium.get(name):
            premium = {"currency": "USD", "price": {"create": price / 100}}
            return {"domain": name, "status": "free", "is_premium": True, "premium": premium}
        cost = {"reseller": {"price": 8.5, "currency": "EUR"}}
        return {"domain": name, "status": "free", "price": cost}

    def list_domains(self, call: Call) -> Data:
        held = self.account.names.get(call.query["full_name"])
        rows = [*self.failed_rows, *([self._row(held)] if held else [])]
        return {"results": rows[: int(call.query["limit"])], "total": len(rows)}

    def get_domain(self, call: Call) -> Data:
        held = self._numbered(call)
        row = self._row(held)
        if call.query.get("with_history") == "true" and held.state in HISTORY:
            row["history"] = [
                {"timestamp": "2026-01-02 10:00:00", "contents": HISTORY[held.state]},
                {"timestamp": "2026-01-01 10:00:00", "contents": "Order with an auth code placed"},
            ]
        return row

    def _row(self, held: HeldName) -> Data:
        label, _dot, tld = held.name.partition(".")
        is_here = STATUS[held.state] in ("ACT", "DEL")
        comments = self.comments.get(held.name) or (
            "commerce:transfer" if held.state in HISTORY or held.given_code else ""
        )
        row: Data = {
            "id": held.number,
            "domain": {"name": label, "extension": tld},
            "status": STATUS[held.state],
            "comments": comments,
            "owner_handle": self.owners.get(held.name),
            "is_locked": held.is_locked,
            "is_private_whois_enabled": held.is_private,
            "name_servers": [
                {"name": name, "seq_nr": number, "ip": None}
                for number, name in reversed(list(enumerate(held.nameservers, 1)))
            ],
            "active_date": written(held.registered) if is_here else "",
            "creation_date": written(held.registered),
            "renewal_date": written(held.expiry) if is_here else "",
            "expiration_date": written(held.expiry + timedelta(days=5)) if is_here else "",
            "auth_code": held.code,
        }
        soon = written(clock.now().date() + timedelta(days=3))
        if held.state == RegistrarState.EXPIRED:
            row |= {"soft_quarantine_expiry_date": soon, "hard_quarantine_expiry_date": soon}
        if held.state == RegistrarState.REDEMPTION:
            row |= {"soft_quarantine_expiry_date": None, "hard_quarantine_expiry_date": soon}
        return row

    # Orders.

    def register(self, call: Call) -> Data:
        sent = self._order(call)
        held = self.account.register(
            full_name(sent),
            sent["period"],
            is_queued=self.queues_registrations,
            nameservers=hosts(sent),
            contacts=self._people(sent),
            is_private=sent["is_private_whois_enabled"],
            extra_fields=sent.get("additional_data", {}),
        )
        self.comments[held.name] = sent["comments"]
        if held.queued:
            return {"id": held.number, "status": "REQ"}
        dates = {"renewal_date": written(held.expiry), "auth_code": held.code}
        return {"id": held.number, "status": "ACT", **dates}

    def transfer(self, call: Call) -> Data:
        sent = self._order(call)
        if "period" in sent:
            raise ValueError("a transfer has no period")
        name = full_name(sent)
        held = self.account.transfer(
            name, sent["auth_code"], nameservers=hosts(sent), contacts=self._people(sent)
        )
        self.comments[name] = sent["comments"]
        return {"id": held.number, "status": "REQ"}

    def _order(self, call: Call) -> Data:
        if "auth_code" not in call.sent:
            check_script(full_name(call.sent), call.sent)
        if (call.sent["unit"], call.sent["autorenew"]) != ("y", "off"):
            raise ValueError("unit")
        return call.sent

    def _people(self, sent: Data) -> dict[str, dict[str, str]]:
        roles = self.roles_of_nl if sent["domain"]["extension"] == "nl" else tuple(ROLES)
        given = {name for name in sent if name.endswith("_handle")}
        if given != {f"{role}_handle" for role in roles}:
            raise ApiRefusal(330, f"Handles of {roles} are wanted")
        customers.check_owner(self.customers[sent["owner_handle"]], sent["domain"]["extension"])
        self.owners[full_name(sent)] = sent["owner_handle"]
        return {ROLES[role]: flat(self.customers[sent[f"{role}_handle"]]) for role in roles}

    def _numbered(self, call: Call) -> HeldName:
        held = self.account.numbered(call.names["id"])
        if call.sent and (call.sent["id"], full_name(call.sent)) != (held.number, held.name):
            raise ValueError("another name")
        return held

    def renew(self, call: Call) -> Data:
        held = self._numbered(call)
        if STATUS[held.state] != "ACT":
            raise RemoteRefusal("refused", held.name)
        self.account.renew(held.name, int(call.sent["period"]))
        return {"status": "ACT"}

    def restore(self, call: Call) -> Data:
        held = self._numbered(call)
        if held.state == RegistrarState.EXPIRED:  # soft quarantine: a year, and no fee
            self.account.renew(held.name, 1)
            held.state = RegistrarState.ACTIVE
        else:
            self.account.restore(held.name)
        return {"status": "ACT"}

    def restart(self, call: Call) -> Data:
        held = self._numbered(call)
        if STATUS[held.state] != "FAI":
            raise RemoteRefusal("refused", held.name)
        self.account.give_code(held, call.sent["auth_code"])
        return {"success": True}

    # Changes.

    def update(self, call: Call) -> Data:
        held, sent = self._numbered(call), call.sent
        if "name_servers" in sent:
            held.nameservers = hosts(sent)
        if "is_locked" in sent:
            held.is_locked = {True: True, False: False}[sent["is_locked"]]
        if "is_private_whois_enabled" in sent:
            held.is_private = {True: True, False: False}[sent["is_private_whois_enabled"]]
        if "owner_handle" in sent:
            handles = {name: each for name, each in sent.items() if name.endswith("_handle")}
            held.contacts = self._people({"domain": sent["domain"], **handles})
        return {"id": held.number, "status": "ACT"}

    def get_code(self, call: Call) -> Data:
        held = self._numbered(call)
        if call.query["auth_code_type"] != "external":
            raise ValueError("auth_code_type")
        if self.hides_codes:
            return {"success": True, "type": "email"}
        return {"auth_code": held.code, "success": True, "type": "external"}


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", name))


def call_name(request: HttpRequest) -> str:
    path = request.path.removeprefix("/v1beta")
    return f"{request.method} {re.sub(r'/[0-9]+', '/{id}', path)}"


def _refused(text: str) -> HttpReply:
    return failed(399, text)
