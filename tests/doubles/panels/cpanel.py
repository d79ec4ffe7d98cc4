"""WHM for tests, after its documentation: forms by POST, a result of 1 or 0."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from tests.doubles.panels.accounts import AccountTakenError, HeldAccount, PanelAccounts
from tests.doubles.panels.https_server import PanelHttpsServer
from tests.doubles.registrars.http_server import HttpReply, HttpRequest

USERNAME, API_TOKEN = "root", "W1HMT0K3NW1HMT0K3NW1HMT0K3N="

type Fields = dict[str, str]


class WhmRefusal(Exception):
    """The reason in ``metadata``."""


class CpanelDouble:
    """One server; ``sessions`` are those that were made, by their token. ``of_others`` are the usernames that another
    reseller has: who is no root is told that there are none. ``refuses_in_words``: a wrong key, with status 200.
    """

    def __init__(self) -> None:
        self.accounts = PanelAccounts()
        self.is_root, self.knows_pages, self.refuses_in_words = True, True, False
        self.of_others: set[str] = set()
        self.sessions: dict[str, str] = {}
        self.server = PanelHttpsServer(function_of, self.reply, lambda text: told({}, text))
        self.functions: dict[str, Callable[[Fields], Any]] = {
            "version": lambda _: {"version": "11.138.0.10"},
            "accountsummary": self.summary,
            "listaccts": self.list,
            "myprivs": lambda _: {"privileges": [{"all": int(self.is_root), "list-accts": 1}]},
            "verify_new_username": self.verify_new_username,
            "createacct": self.create,
            "suspendacct": lambda sent: self.switch(sent, suspended=True),
            "unsuspendacct": lambda sent: self.switch(sent, suspended=False),
            "removeacct": self.remove,
            "changepackage": self.change_package,
            "passwd": self.passwd,
            "create_user_session": self.session,
            "uapi_cpanel": self.uapi,
        }

    def reply(self, request: HttpRequest) -> HttpReply:
        if request.headers.get("Authorization") != f"whm {USERNAME}:{API_TOKEN}":
            body = {"cpanelresult": {"apiversion": "2", "error": "Access denied"}}
            return HttpReply(200 if self.refuses_in_words else 403, json.dumps(body).encode())
        if dict(request.query) != {"api.version": "1"}:
            return HttpReply(200, b'{"status": 0, "statusmsg": "an older answer"}')
        function = self.functions.get(function_of(request))
        if function is None:
            return told({}, f"Unknown app requested: {function_of(request)}")
        with self.accounts.lock:
            try:
                return told(function(dict(request.form)))
            except (WhmRefusal, AccountTakenError) as refusal:
                return told({}, str(refusal))

    def held(self) -> list[HeldAccount]:
        return list(self.accounts.by_username.values())

    def account(self, username: str) -> HeldAccount:
        held = self.accounts.by_username.get(username)
        if held is None:
            raise WhmRefusal("Account does not exist.")
        return held

    def list(self, sent: Fields) -> Any:
        rows = [self.row(each) for each in sorted(self.held(), key=lambda each: each.username)]
        if self.knows_pages and sent.get("api.chunk.enable") == "1":
            first, size = int(sent["api.chunk.start"]) - 1, int(sent["api.chunk.size"])
            rows = rows[first : first + size]
        return {"acct": rows}

    def verify_new_username(self, sent: Fields) -> Any:
        if sent["user"] in self.of_others or sent["user"] in self.accounts.by_username:
            raise WhmRefusal(f"This system already has an account named “{sent['user']}”.")
        return {}

    def summary(self, sent: Fields) -> Any:
        if "user" in sent:
            return {"acct": [self.row(self.account(sent["user"]))]}
        held = self.accounts.of_domain(sent["domain"])
        if held is None:
            raise WhmRefusal("Account does not exist.")
        return {"acct": [self.row(held)]}

    def row(self, held: HeldAccount) -> Any:
        return {
            "user": held.username,
            "domain": held.domain,
            "email": held.email,
            "plan": held.package,
            "owner": USERNAME,
            "suspended": int(held.is_suspended),
            "suspendreason": "Suspended" if held.is_suspended else "not suspended",
            "unix_startdate": int(held.made_at),
            "startdate": "13 May 22 16:03",
            "diskused": "14M",
            "disklimit": "unlimited",
        }

    def create(self, sent: Fields) -> Any:
        username = sent["username"]
        if sent["plan"] not in self.accounts.packages:
            raise WhmRefusal(f"Specified Package is invalid: {sent['plan']}")
        if not 1 <= len(username) <= 16 or username.startswith("test") or username[0].isdigit():
            raise WhmRefusal(f"“{username}” is not a valid username on this system.")
        if username in self.accounts.by_username:
            raise WhmRefusal("(XID 2z5ktx) Sorry, a group for that username already exists.")
        self.accounts.hold(
            username,
            sent["domain"],
            package=sent["plan"],
            email=sent["contactemail"],
            password=sent["password"],
        )
        return {"ip": "192.0.2.10", "package": sent["plan"], "nameserver": "ns1.example.net"}

    def switch(self, sent: Fields, *, suspended: bool) -> Any:
        held = self.account(sent["user"])
        if held.is_suspended == suspended:
            raise WhmRefusal("Account is already in this state.")
        held.is_suspended = suspended
        return {}

    def remove(self, sent: Fields) -> Any:
        self.accounts.remove(self.account(sent["username"]).username)
        return {}

    def change_package(self, sent: Fields) -> Any:
        held = self.account(sent["user"])
        if sent["pkg"] not in self.accounts.packages:
            raise WhmRefusal(f"Specified Package is invalid: {sent['pkg']}")
        held.package = sent["pkg"]
        return {}

    def passwd(self, sent: Fields) -> Any:
        self.account(sent["user"]).password = sent["password"]
        return {"app": ["system", "ftp", "mail"]}

    def session(self, sent: Fields) -> Any:
        held = self.account(sent["user"])
        if sent["service"] != "cpaneld":
            raise WhmRefusal("service is not valid")
        token = secrets.token_hex(16)
        self.sessions[token] = held.username
        url = f"https://panel.invalid:2083/cpsess4085712322/login/?session={token}"
        return {"url": url, "session": token, "service": "cpaneld", "cp_security_token": "/x"}

    def uapi(self, sent: Fields) -> Any:
        held = self.account(sent["cpanel.user"])
        if (sent["cpanel.module"], sent["cpanel.function"]) != ("ResourceUsage", "get_usages"):
            raise WhmRefusal("Unknown function")
        names = {"disk": "disk_usage", "traffic": "bandwidth", "mailboxes": "email_accounts"}
        names["databases"] = "mysql_databases"
        rows = [
            {
                "id": names[kind],
                "description": kind,
                "usage": used,
                "maximum": None if limit < 0 else limit,
                "formatter": "format_bytes" if kind in ("disk", "traffic") else None,
                "error": None,
            }
            for kind, (used, limit) in held.usage.items()
        ]
        rows.append({"id": "subdomains", "description": "Subdomains", "usage": 0, "maximum": 0})
        return {"uapi": {"status": 1, "errors": None, "messages": None, "data": rows}}


def function_of(request: HttpRequest) -> str:
    return request.path.removeprefix("/json-api/")


def told(data: Any, reason: str = "") -> HttpReply:
    """An answer; a refusal with its reason is one with HTTP status 200."""
    metadata = {"version": 1, "command": "x", "reason": reason or "OK", "result": int(not reason)}
    return HttpReply(200, json.dumps({"metadata": metadata, "data": data}).encode())
