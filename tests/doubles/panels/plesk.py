"""Plesk for tests, after its documentation: customers and subscriptions by REST, commands, and XML packets."""

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commerce.hosting.modules.plesk import module
from commerce.kit.remote.xml import element, parse_xml, text_of, written
from tests.doubles.contracts import fits
from tests.doubles.panels.accounts import (
    THEIRS,
    AccountTakenError,
    HeldAccount,
    PanelAccounts,
)
from tests.doubles.panels.https_server import PanelHttpsServer
from tests.doubles.registrars.http_server import HttpReply, HttpRequest

CONTRACT = Path(module.__file__).with_name("requests.json")
API_KEY = "8a0b4c7e-2f6d-11ef+Pl3sk/S3cr3t="
PLANS = {"Starter": "b7a1-starter", "Business": "c8b2-business"}


class PleskDouble:
    """One server. A customer is a row of its own, which may have no subscription."""

    def __init__(self) -> None:
        self.accounts = PanelAccounts()
        self.customers: dict[int, dict[str, Any]] = {}
        self.sessions: dict[str, tuple[str, str]] = {}
        """Login and address in base64, by token."""
        self.server = PanelHttpsServer(call_of, self.reply, lambda text: failed(400, text))

    def reply(self, request: HttpRequest) -> HttpReply:
        with self.accounts.lock:
            if request.path == "/enterprise/control/agent.php":
                return self.agent(request)
            if request.headers.get("X-API-Key") != API_KEY:
                return failed(401, "Unauthorized")
            try:
                return self.rest(request)
            except AccountTakenError as taken:
                return failed(400, f"Domain {taken}")

    # REST

    def rest(self, request: HttpRequest) -> HttpReply:
        sent = json.loads(request.body) if request.body else {}
        fits(CONTRACT, request.method, request.path, query=dict(request.query), sent=sent)
        parts = request.path.removeprefix("/api/v2/").split("/")
        match request.method, *parts:
            case "GET", "server":
                reply = told({"platform": "Unix", "hostname": "web1", "panel_version": "18.0.71"})
            case "POST", "clients":
                reply = self.create_customer(sent)
            case "POST", "domains":
                reply = self.create_subscription(sent)
            case "POST", "cli", "subscription", "call":
                reply = self.command(sent)
            case method, "clients", number, *rest:
                reply = self.customer(method, int(number), rest, sent)
            case method, "domains", number, *rest:
                held = self.accounts.numbered(number)
                reply = self.subscription(method, held, rest, sent) if held else missing()
            case _:
                reply = missing()
        return reply

    def create_customer(self, sent: Any) -> HttpReply:
        if any(each["login"] == sent["login"] for each in self.customers.values()):
            return failed(400, f"User account {sent['login']} already exists.")
        number = self.new_customer(sent["login"], sent["external_id"], sent["password"])
        self.customers[number] |= {"name": sent["name"], "email": sent["email"]}
        return told({"id": number, "guid": f"guid-{number}"}, 201)

    def new_customer(self, login: str, external_id: str, password: str = THEIRS) -> int:
        number = max(self.customers, default=6) + 1
        row = {"id": number, "login": login, "external_id": external_id, "type": "customer"}
        self.customers[number] = row | {"password": password}
        return number

    def customer(self, method: str, number: int, rest: list[str], sent: Any) -> HttpReply:
        row = self.customers.get(number)
        if row is None:
            return missing()
        match method, *rest:
            case ("GET",):
                return told({name: value for name, value in row.items() if name != "password"})
            case ("PUT",):
                row["password"] = sent["password"]
                for held in self.owned(number):
                    held.password = sent["password"]
                return told({"id": number, "guid": f"guid-{number}"})
            case ("DELETE",):
                for held in self.owned(number):
                    self.accounts.remove(held.username)
                del self.customers[number]
                return told({"status": "success"})
            case "GET", "domains":
                return told(
                    [{"id": each.number, "name": each.domain} for each in self.owned(number)]
                )
        return missing()

    def owned(self, number: int) -> list[HeldAccount]:
        login = self.customers[number]["login"]
        return [each for each in self.accounts.by_username.values() if each.username == login]

    def create_subscription(self, sent: Any) -> HttpReply:
        owner = self.customers.get(sent["owner_client"]["id"])
        if owner is None:
            return failed(400, "Owner does not exist.")
        if sent["plan"]["name"] not in PLANS:
            return failed(400, f"Service plan {sent['plan']['name']} does not exist.")
        held = self.accounts.hold(
            owner["login"],
            sent["name"],
            package=sent["plan"]["name"],
            password=sent["hosting_settings"]["ftp_password"],
            key=owner["external_id"],
        )
        return told({"id": held.number, "guid": f"guid-{held.number}"}, 201)

    def subscription(self, method: str, held: HeldAccount, rest: list[str], sent: Any) -> HttpReply:
        match method, *rest:
            case "PUT", "status":
                held.is_suspended = {"suspended": True, "active": False}[sent["status"]]
                return told({"status": "success"})
            case ("DELETE",):
                self.accounts.remove(held.username)
                return told({"status": "success"})
        return missing()

    def command(self, sent: Any) -> HttpReply:
        action, domain, option, value = sent["params"]
        held = self.accounts.of_domain(domain)
        if held is None:
            return told({"code": 1, "stdout": "", "stderr": f"Unable to find domain {domain}"})
        if (action, option) == ("--switch-subscription", "-service-plan"):
            if value not in PLANS:
                return told({"code": 1, "stdout": "", "stderr": f"No such plan: {value}"})
            held.package = value
        elif (action, option, value) == ("--update", "-passwd", ""):
            held.password = sent["env"]["PSA_PASSWORD"]
        return told({"code": 0, "stdout": "SUCCESS", "stderr": ""})

    # XML

    def agent(self, request: HttpRequest) -> HttpReply:
        if request.headers.get("Key") != API_KEY and request.headers.get("KEY") != API_KEY:
            told_system = wrong(element("system"), "1001", "You have entered incorrect secret key.")
            return packet(told_system)
        operator = parse_xml(request.body)[0]
        operation = operator[0]
        answers: dict[tuple[str, str], Callable[[Any], list[Any]]] = {
            ("customer", "get"): self.found_customers,
            ("webspace", "get"): self.webspaces,
            ("service-plan", "get"): self.plans,
            ("server", "create_session"): self.session,
        }
        results = answers[(operator.tag, operation.tag)](operation)
        return packet(element(operator.tag, element(operation.tag, None, *results)))

    def found_customers(self, asked: Any) -> list[Any]:
        login = text_of(asked, "filter/login")
        found = [each for each in self.customers.values() if each["login"] == login]
        if not found:
            return [wrong(element("result"), "1013", "client does not exist")]
        return [
            ok(
                element("filter-id", login),
                element("id", each["id"]),
                element("data", element("gen_info", element("login", login))),
            )
            for each in found
        ]

    def webspaces(self, asked: Any) -> list[Any]:
        wanted = [each.tag for each in asked.find("dataset")]
        filters = list(asked.find("filter"))
        found = [
            held
            for held in self.accounts.by_username.values()
            if all(self.fits(held, each.tag, each.text) for each in filters)
        ]
        if filters and not found:
            return [wrong(element("result"), "1013", "subscription does not exist")]
        return [self.webspace(held, wanted) for held in found] or [ok()]

    def fits(self, held: HeldAccount, name: str, value: str) -> bool:
        owner = self.owner(held)
        known = {"id": held.number, "name": held.domain, "owner-id": owner["id"]}
        known |= {"owner-external-id": owner["external_id"]}
        return str(known[name]) == value

    def owner(self, held: HeldAccount) -> dict[str, Any]:
        return next(each for each in self.customers.values() if each["login"] == held.username)

    def webspace(self, held: HeldAccount, wanted: list[str]) -> Any:
        info = {
            "cr_date": "2026-11-28",
            "name": held.domain,
            "ascii-name": held.domain,
            "status": "16" if held.is_suspended else "0",
            "real_size": held.usage["disk"][0],
            "owner-id": self.owner(held)["id"],
            "owner-login": held.username,
        }
        stat = {"traffic": "traffic", "box": "mailboxes", "db": "databases"}
        limits = {"disk_space": "disk", "max_traffic": "traffic"}
        limits |= {"max_box": "mailboxes", "max_db": "databases"}
        plan = element("plan", element("plan-guid", PLANS[held.package]))
        datasets = {
            "gen_info": [element(name, value) for name, value in info.items()],
            "stat": [element(name, held.usage[kind][0]) for name, kind in stat.items()],
            "limits": [
                element("limit", element("name", name), element("value", held.usage[kind][1]))
                for name, kind in limits.items()
            ],
            "subscriptions": [element("subscription", element("locked", "false"), plan)],
        }
        data = element("data", None, *(element(name, None, *datasets[name]) for name in wanted))
        return ok(element("filter-id", held.number), element("id", held.number), data)

    def plans(self, asked: Any) -> list[Any]:
        guid = text_of(asked, "filter/guid")
        return [
            ok(element("id", "1"), element("name", name), element("guid", each))
            for name, each in PLANS.items()
            if guid in ("", each)
        ]

    def session(self, asked: Any) -> list[Any]:
        login, address = text_of(asked, "login"), text_of(asked, "data/user_ip")
        if login not in self.accounts.by_username:
            return [wrong(element("result"), "1013", "User does not exist")]
        token = secrets.token_hex(16)
        self.sessions[token] = (login, address)
        return [ok(element("id", token))]


def ok(*children: Any) -> Any:
    return element("result", None, element("status", "ok"), *children)


def wrong(around: Any, code: str, text: str) -> Any:
    around.extend([element("status", "error"), element("errcode", code), element("errtext", text)])
    return around


def packet(content: Any) -> HttpReply:
    return HttpReply(200, written(element("packet", content)), "text/xml")


def told(data: Any, status: int = 200) -> HttpReply:
    return HttpReply(status, json.dumps(data).encode())


def failed(status: int, message: str) -> HttpReply:
    return told({"code": 0, "message": message}, status)


def missing() -> HttpReply:
    return failed(404, "Not found")


def call_of(request: HttpRequest) -> str:
    """Method and resource; of an XML packet its operator and operation."""
    if request.path.endswith("agent.php"):
        for name in (b"create_session", b"service-plan", b"customer", b"webspace"):
            if name in request.body:
                return f"xml {name.decode()}"
    if request.path.endswith("/call"):
        return "switch-plan" if b"--switch" in request.body else "passwd"
    parts = ["#" if each.isdigit() else each for each in request.path.split("/")[3:]]
    return f"{request.method} {'/'.join(parts)}"
