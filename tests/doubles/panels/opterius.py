"""Opterius Panel for tests, after our specification: signed JSON, and nothing done twice for one key."""

import hashlib
import hmac
import json
from typing import Any

from tests.doubles.panels.accounts import AccountTakenError, HeldAccount, PanelAccounts
from tests.doubles.panels.https_server import PanelHttpsServer
from tests.doubles.registrars.http_server import HttpReply, HttpRequest

API_TOKEN = "op_7f3a+T0ken/of-the-panel=="
CLOCKS_DIFFER = 300


class OpteriusDouble:
    """One panel; ``remembered`` are its answers by idempotency key."""

    def __init__(self) -> None:
        self.accounts = PanelAccounts()
        self.remembered: dict[str, HttpReply] = {}
        self.server = PanelHttpsServer(
            call_of, self.reply, lambda text: told({"message": text}, 422)
        )

    def reply(self, request: HttpRequest) -> HttpReply:
        timestamp = request.headers.get("X-Timestamp", "")
        signed = timestamp.encode() + (request.body or b"{}")
        signature = hmac.new(API_TOKEN.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, request.headers.get("X-Signature", "")):
            return told({"message": "Invalid signature"}, 401)
        if abs(int(timestamp) - self.server.now) > CLOCKS_DIFFER:
            return told({"message": "Timestamp outside of the allowed window"}, 401)
        with self.accounts.lock:
            key = request.headers.get("Idempotency-Key", "")
            if key in self.remembered:
                return self.remembered[key]
            reply = self._do(request)
            if key and reply.status < 400:
                self.remembered[key] = reply
            return reply

    def _do(self, request: HttpRequest) -> HttpReply:
        match request.method, *request.path.removeprefix("/api/").split("/"):
            case "GET", "server", "stats":
                return told({"accounts": len(self.accounts.by_username), "load": 0.2})
            case "POST", "accounts":
                return self._create(json.loads(request.body))
            case method, "accounts", number, *rest:
                held = self.accounts.numbered(number)
                return self._act(method, held, rest) if held else missing()
        return missing()

    def _act(self, method: str, held: HeldAccount, rest: list[str]) -> HttpReply:
        match method, *rest:
            case ("GET",):
                return told(row(held))
            case ("DELETE",):
                self.accounts.remove(held.username)
                return HttpReply(204, b"")
            case "POST", "suspend" | "unsuspend" as action:
                held.is_suspended = action == "suspend"
                return told(row(held))
        return missing()

    def _create(self, sent: Any) -> HttpReply:
        if sent["package"] not in self.accounts.packages:
            return told({"message": "Unknown package"}, 422)
        try:
            held = self.accounts.hold(
                sent["username"],
                sent["domain"],
                package=sent["package"],
                email=sent["email"],
                password=sent["password"],
                key=sent["external_id"],
            )
        except AccountTakenError as taken:
            return told({"message": str(taken)}, 409)
        return told(row(held), 201)


def row(held: HeldAccount) -> Any:
    return {
        "id": held.number,
        "username": held.username,
        "domain": held.domain,
        "package": held.package,
        "status": "suspended" if held.is_suspended else "active",
        "external_id": held.key,
    }


def call_of(request: HttpRequest) -> str:
    last = request.path.rpartition("/")[2]
    return f"{request.method} {'account' if last.isdigit() else last}"


def missing() -> HttpReply:
    return told({"message": "No such account"}, 404)


def told(data: Any, status: int = 200) -> HttpReply:
    return HttpReply(status, json.dumps(data).encode())
