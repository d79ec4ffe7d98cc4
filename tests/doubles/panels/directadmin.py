"""DirectAdmin for tests, after its documentation: older commands in urlencoded answers, newer calls in JSON."""

import json
import secrets
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from commerce.hosting.modules.directadmin import module
from tests.doubles.contracts import fits
from tests.doubles.panels.accounts import AccountTakenError, HeldAccount, PanelAccounts
from tests.doubles.panels.https_server import PanelHttpsServer
from tests.doubles.registrars.http_server import HttpReply, HttpRequest

CONTRACT = Path(module.__file__).with_name("requests.json")
USERNAME, LOGIN_KEY = "admin", "L0gin&K3y+of/DirectAdmin=="
IP = "192.0.2.20"
SIGN_IN_PAGE = (
    b"<html><head><title>DirectAdmin Login</title></head><form action='/CMD_LOGIN'></html>"
)
FORM = "text/plain"

type Fields = dict[str, str]


class CommandRefusal(Exception):
    """Text and details of an error."""

    def __init__(self, text: str, details: str = "") -> None:
        super().__init__(text)
        self.text, self.details = text, details


class DirectAdminDouble:
    """One server; ``links`` are the sign-in links that were made, by their key."""

    def __init__(self) -> None:
        self.accounts = PanelAccounts()
        self.links: dict[str, str] = {}
        self.networks: list[str] = []
        self.deletes_with_error = False
        self.server = PanelHttpsServer(call_of, self.reply, lambda text: error(text, "echoed"))
        self.commands: dict[str, Callable[[Fields], str]] = {
            "CMD_API_LOGIN_TEST": lambda _: done("Login OK"),
            "CMD_API_SHOW_RESELLER_IPS": lambda _: urlencode([("list[]", IP)]),
            "CMD_API_DOMAIN_OWNERS": self.owners,
            "CMD_API_ALL_USER_USAGE": self.all_users,
            "CMD_API_ACCOUNT_USER": self.create,
            "CMD_API_SELECT_USERS": self.select,
            "CMD_API_MODIFY_USER": self.modify,
            "CMD_API_USER_PASSWD": self.passwd,
        }

    def reply(self, request: HttpRequest) -> HttpReply:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        username, _, key = b64decode(given).decode().partition(":")
        user, _, account = username.partition("|")
        if (scheme, user, key) != ("Basic", USERNAME, LOGIN_KEY):
            return HttpReply(200, SIGN_IN_PAGE, "text/html")
        with self.accounts.lock:
            if request.path.startswith("/api/"):
                return self.api(request, account)
            command = self.commands.get(request.path.removeprefix("/"))
            if command is None:
                return HttpReply(404, b"<html>404</html>", "text/html")
            try:
                return HttpReply(200, command(dict(request.fields)).encode(), FORM)
            except CommandRefusal as refusal:
                return error(refusal.text, refusal.details)
            except AccountTakenError as taken:
                return error("Cannot Create Account", str(taken))

    def api(self, request: HttpRequest, account: str) -> HttpReply:
        parts = request.path.split("/")
        sent = json.loads(request.body) if request.body else None
        fits(CONTRACT, request.method, request.path, query=dict(request.query), sent=sent)
        if request.path == "/api/login-keys/urls":
            return self.login_link(sent, account)
        held = self.accounts.by_username.get(parts[3]) if parts[2] == "users" else None
        if held is None:
            return as_json({"type": "NOT_FOUND"}, 404)
        return as_json(self.config(held) if parts[4] == "config" else usage_of(held))

    def config(self, held: HeldAccount) -> Any:
        made_at = datetime.fromtimestamp(held.made_at, UTC)
        return {
            "username": held.username,
            "creator": USERNAME,
            "domain": held.domain,
            "domains": [held.domain],
            "email": held.email,
            "package": held.package,
            "suspended": held.is_suspended,
            "dateCreated": f"{made_at:%a %b %d %H:%M:%S %Y}",
            "quotaLim": -1,
        }

    def login_link(self, sent: Any, account: str) -> HttpReply:
        if account not in self.accounts.by_username:
            return as_json({"type": "UNAUTHORIZED"}, 401)
        datetime.fromisoformat(sent["expires"])
        key = secrets.token_hex(24)
        self.links[key] = account
        self.networks = sent["allowNetworks"]
        url = f"https://panel.invalid:2222/api/login/url?key={key}"
        return as_json({"id": "HASHURLX", "url": url, "allowNetworks": sent["allowNetworks"]})

    def owners(self, sent: Fields) -> str:
        held = self.accounts.of_domain(sent["domain"])
        if held is None:
            raise CommandRefusal("Error", "That domain does not exist")
        return urlencode({held.domain: held.username})

    def all_users(self, sent: Fields) -> str:
        return "\n".join(
            f"{held.username}="
            + urlencode(
                {
                    "bandwidth": "3.0 / unlimited",
                    "creator": USERNAME,
                    "default": held.domain,
                    "list": held.domain,
                    "package": held.package,
                    "quota": "14.0 / 1000",
                    "suspended": "Yes:Suspended" if held.is_suspended else "No",
                }
            )
            for held in self.accounts.by_username.values()
        )

    def create(self, sent: Fields) -> str:
        if sent["passwd"] != sent["passwd2"] or sent["ip"] != IP or sent["action"] != "create":
            raise CommandRefusal("Cannot Create Account", "A field is not valid")
        if sent["package"] not in self.accounts.packages:
            raise CommandRefusal("Cannot Create Account", "Package doesn't exist")
        if sent["username"] in self.accounts.by_username:
            raise CommandRefusal("Cannot Create Account", "That username already exists")
        self.accounts.hold(
            sent["username"],
            sent["domain"],
            package=sent["package"],
            email=sent["email"],
            password=sent["passwd"],
        )
        return done("User created")

    def account(self, username: str) -> HeldAccount:
        held = self.accounts.by_username.get(username)
        if held is None:
            raise CommandRefusal("Error", f"User {username} does not exist")
        return held

    def select(self, sent: Fields) -> str:
        """Any word suspends who is not suspended, and the other way round, as older releases do."""
        held = self.account(sent["select0"])
        if sent.get("delete") == "yes" and sent.get("confirmed"):
            self.accounts.remove(held.username)
            if self.deletes_with_error:
                raise CommandRefusal("Error deleting", "a part is gone already")
            return done("Users deleted")
        held.is_suspended = not held.is_suspended
        return done("Success")

    def modify(self, sent: Fields) -> str:
        held = self.account(sent["user"])
        if sent["action"] != "package" or sent["package"] not in self.accounts.packages:
            raise CommandRefusal("Cannot modify", "Package doesn't exist")
        held.package = sent["package"]
        return done("User modified")

    def passwd(self, sent: Fields) -> str:
        if sent["passwd"] != sent["passwd2"]:
            raise CommandRefusal("Error", "Passwords differ")
        self.account(sent["username"]).password = sent["passwd"]
        return done("Password changed")


def usage_of(held: HeldAccount) -> Any:
    names = {"disk": "quotaBytes", "traffic": "bandwidthBytes", "mailboxes": "emailAccounts"}
    names["databases"] = "mySqlDatabases"
    told: dict[str, Any] = {"dbQuotaBytes": 4096}
    for kind, (used, limit) in held.usage.items():
        told[names[kind]] = {"usage": used, "limit": max(limit, 0), "unlimited": limit < 0}
    return told


def call_of(request: HttpRequest) -> str:
    """The command, or what is asked of the JSON API; suspending and deleting are one command."""
    name = request.path.removeprefix("/")
    if name == "CMD_API_SELECT_USERS":
        return "delete" if ("delete", "yes") in request.form else "switch"
    return name.split("/")[-1]


def done(text: str) -> str:
    return urlencode({"error": "0", "text": text, "details": ""})


def error(text: str, details: str) -> HttpReply:
    body = urlencode({"error": "1", "text": text, "details": details})
    return HttpReply(200, body.encode(), FORM)


def as_json(told: Any, status: int = 200) -> HttpReply:
    return HttpReply(status, json.dumps(told).encode())
