"""The HTTP server of the PayPal double: tokens, the calls of ``account.ROUTES`` done once for each request id,
certificates, the check of signatures, and faults.
"""

import base64
import json
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from commerce.payments.gateways.paypal import adapter
from tests.doubles.contracts import fits
from tests.doubles.paypal.account import ROUTES, PayPalAccount, PayPalError
from tests.doubles.paypal.signing import WEBHOOK_ID, sign_message

CLIENT_ID, CLIENT_SECRET = "AYSq3RDGsmBLJE", "EGnHDxD_s3cret"
CONTRACT = Path(adapter.__file__).with_name("requests.json")
VERIFY = "POST /v1/notifications/verify-webhook-signature"


@dataclass(slots=True)
class PayPalFault:
    """How the next ``times`` calls of a name go wrong.

    ``silent``: nothing is done, and the line goes dead. ``lost``: it is done, and the line goes dead. ``slow``: it is
    done after ``seconds``. A status (``"429"``) is the answer before anything is done. ``nonsense``: 200 without JSON;
    ``odd``: 200 with JSON of something else. ``proxy``: 404 of whoever stands before PayPal.
    """

    call: str
    kind: str
    times: int = 1
    seconds: float = 0


ODD = {
    "odd": (200, {"id": 7, "status": "SUNNY", "details": "warm", "links": "none"}),
    "proxy": (404, {"message": "no route matched"}),
}


class ReceivedCall(NamedTuple):
    """A call that was made: what it was, how it was written."""

    name: str
    key: str
    target: str
    body: bytes


class LineDeadError(Exception):
    """The connection ends without an answer."""


class PayPalServer(ThreadingHTTPServer):
    """PayPal on this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.lock = threading.RLock()
        self.certificates: dict[str, bytes] = {}
        self.empty()

    def empty(self) -> None:
        """As if it had just been opened."""
        self.account = PayPalAccount(origin=self.origin)
        self.calls: list[ReceivedCall] = []
        self.faults: list[PayPalFault] = []
        self.replies: dict[tuple[str, str], tuple[int, Any]] = {}
        self.tokens: list[str] = []

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()

    def fault(self, call: str) -> PayPalFault | None:
        """What goes wrong with this call; it is used up."""
        found = next((each for each in self.faults if each.call == call), None)
        if found is not None:
            found.times -= 1
            if found.times <= 0:
                self.faults.remove(found)
        return found

    def answer(self, call: ReceivedCall, name: str, query: dict[str, str]) -> tuple[int, Any]:
        """Status and body of a call, with the fault that awaits it."""
        with self.lock:
            self.calls.append(call)
            fault = self.fault(call.name)
        kind = fault.kind if fault else ""
        if kind.isdecimal():
            return int(kind), PayPalError(int(kind), "SOME_ISSUE").body
        if kind in ODD:
            return ODD[kind]
        if kind == "silent":
            raise LineDeadError
        if fault and kind == "slow":
            time.sleep(fault.seconds)
        with self.lock:
            status, body = self._once(call, name, query)
        if kind == "lost":
            raise LineDeadError
        return (200, "nonsense") if kind == "nonsense" else (status, body)

    def _once(self, call: ReceivedCall, name: str, query: dict[str, str]) -> tuple[int, Any]:
        said = (call.name, call.key)
        if call.key and said in self.replies:
            return self.replies[said]
        status, reply = self._do(call, name, query)
        # As it was then: what is done later does not change it.
        answer = status, json.loads(json.dumps(reply))
        if call.key and status < 500:
            self.replies[said] = answer
        return answer

    def _do(self, call: ReceivedCall, name: str, query: dict[str, str]) -> tuple[int, Any]:
        status, do = ROUTES[call.name]
        try:
            given = json.loads(call.body) if call.body else query
            return status, do(self.account, name, given)
        except PayPalError as error:
            return error.status, error.body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet
    server: PayPalServer
    timeout: ClassVar[int] = 30

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PATCH(self) -> None:
        self._serve("PATCH")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def log_message(self, *args: Any) -> None:
        """Nothing is written of requests."""

    def _serve(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, answer = self._route(method, body)
        except LineDeadError:
            self.close_connection = True
            return
        if isinstance(answer, bytes):
            self._reply(status, answer, "text/plain")
        elif answer == "nonsense":
            self._reply(status, b"<html>It works!</html>", "text/html")
        else:
            self._reply(
                status, b"" if status == 204 else json.dumps(answer).encode(), "application/json"
            )

    def _route(self, method: str, body: bytes) -> tuple[int, Any]:
        parts, me = urlsplit(self.path), self.server
        key = self.headers.get("PayPal-Request-Id", "")
        if "/certs/" in parts.path:
            me.calls.append(ReceivedCall("GET certificate", "", self.path, b""))
            return self._certificate("https://" + parts.path[1:])
        if parts.path == "/v1/oauth2/token":
            return self._token(body)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in me.tokens:
            return 401, {"error": "invalid_token"}
        query = dict(parse_qsl(parts.query))
        fits(CONTRACT, method, parts.path, query=query, sent=json.loads(body or b"null"))
        if f"{method} {parts.path}" == VERIFY:
            me.calls.append(ReceivedCall(VERIFY, key, self.path, body))
            return self._verdict(body)
        if parts.path.startswith("/v1/notifications/webhooks/"):
            found = parts.path.endswith(f"/{WEBHOOK_ID}")
            return (200, {"id": WEBHOOK_ID}) if found else (404, PayPalError(404, "").body)
        name, route = _found(method, parts.path)
        call = ReceivedCall(route, key, self.path, body)
        return me.answer(call, name, query)

    def _token(self, body: bytes) -> tuple[int, Any]:
        me = self.server
        fits(CONTRACT, "POST", "/v1/oauth2/token", sent=dict(parse_qsl(body.decode())))
        me.calls.append(ReceivedCall("token", "", self.path, b""))
        login = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        fault = me.fault("token")
        if fault and fault.kind in ODD:
            return ODD[fault.kind]
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        elif fault:
            raise LineDeadError
        if self.headers.get("Authorization") != f"Basic {login}":
            return 401, {"error": "invalid_client"}
        me.tokens.append(f"A21AA-t0ken-{len(me.calls)}")
        scopes = "openid https://uri.paypal.com/services/payments/payment"
        if me.account.may_search:
            scopes += " https://uri.paypal.com/services/reporting/search/read"
        told = {"expires_in": 32400, "token_type": "Bearer", "scope": scopes}
        return 200, {"access_token": me.tokens[-1], **told}

    def _certificate(self, url: str) -> tuple[int, Any]:
        fault = self.server.fault("certificate")
        if fault and fault.kind == "silent":
            raise LineDeadError
        found = self.server.certificates.get(url)
        return (200, found) if found is not None else (404, b"")

    def _verdict(self, body: bytes) -> tuple[int, Any]:
        if (fault := self.server.fault(VERIFY)) and fault.kind in ODD:
            return ODD[fault.kind]
        return 200, {"verification_status": "SUCCESS" if self._is_ours(body) else "FAILURE"}

    def _is_ours(self, asked: bytes) -> bool:
        """Whether a message was signed by us: over the very bytes, as they stand in the question."""
        head, _, rest = asked.partition(b', "webhook_event": ')
        said, event = json.loads(head + b"}"), rest.removesuffix(b"}")
        instant = datetime.fromisoformat(said["transmission_time"])
        sent = sign_message(event, webhook_id=said["webhook_id"], at=int(instant.timestamp()))
        return said["transmission_sig"] == sent["PAYPAL-TRANSMISSION-SIG"]

    def _reply(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _found(method: str, path: str) -> tuple[str, str]:
    """The id in a path, and the name of the call."""
    whole = f"{method} {path}"
    if whole in ROUTES:
        return "", whole
    parts = path.split("/")
    for place in (-1, -2):
        name, rest = parts[place], [*parts]
        rest[place] = "{id}"
        if f"{method} {'/'.join(rest)}" in ROUTES:
            return name, f"{method} {'/'.join(rest)}"
    raise AssertionError(f"PayPal has no {whole}")
