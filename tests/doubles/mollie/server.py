"""The HTTP server of the Mollie double: JSON in and out, bearer key, idempotency keys, faults on demand."""

import copy
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from commerce.payments.gateways.mollie import adapter
from tests.doubles.contracts import fits
from tests.doubles.mollie.account import ApiError, MollieAccount, MollieObject
from tests.doubles.mollie.routes import find_route

CONTRACT = Path(adapter.__file__).with_name("requests.json")


@dataclass(slots=True)
class ApiFault:
    """How the next ``times`` calls of a name go wrong.

    ``silent``: nothing is done, and the line goes dead. ``lost``: it is done, and the line goes dead. ``slow``: it is
    done after ``seconds``. ``rate_limited``, ``conflict``, ``error``, ``supplier``, ``forbids``: 429, 409, 500, 503,
    422 before anything is done. ``nonsense``: 200 with JSON of something else; ``html``: 200 without JSON.
    """

    call: str
    kind: str
    times: int = 1
    seconds: float = 0


REFUSALS = {"rate_limited": 429, "conflict": 409, "error": 500, "supplier": 503, "forbids": 422}


class ReceivedCall(NamedTuple):
    """A call that was made: its name, its path with the query, what it said."""

    name: str
    target: str
    sent: Any
    idempotency_key: str


class LineDead(Exception):
    """The connection ends without an answer."""


class MollieDouble:
    """The account, what shall go wrong, and what was asked."""

    def __init__(self, api_key: str) -> None:
        self.account = MollieAccount(api_key)
        self.faults: list[ApiFault] = []
        self.calls: list[ReceivedCall] = []
        self.replies: dict[str, tuple[str, int, MollieObject]] = {}

    def empty(self) -> None:
        """As if it had just been opened."""
        self.account.empty()
        for kept in (self.faults, self.calls, self.replies):
            kept.clear()

    def answer(self, call: ReceivedCall, do: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
        """Status and body, with the fault that awaits the call."""
        with self.account.lock:
            self.calls.append(call)
            fault = next((each for each in self.faults if each.call == call.name), None)
            if fault is not None:
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
        kind = fault.kind if fault else ""
        if kind == "silent":
            raise LineDead
        if kind in REFUSALS:
            raise ApiError(REFUSALS[kind], "Trouble", "Try again later.")
        if fault and kind == "slow":
            time.sleep(fault.seconds)
        with self.account.lock:
            status, body = self._once(call, do)
        if kind == "lost":
            raise LineDead
        odd = {"nonsense": {"resource": "weather", "status": 7}, "html": "<html>Welcome</html>"}
        return status, odd.get(kind, body)

    def _once(self, call: ReceivedCall, do: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
        """The first answer again for the same key of a POST, as long as it is remembered."""
        key = call.idempotency_key if call.name.startswith("POST") else ""
        asked = json.dumps([call.target, call.sent], sort_keys=True)
        if key in self.replies:
            before, status, body = self.replies[key]
            if before != asked:
                raise ApiError(400, "Bad Request", "This key was used for another request.")
            return status, body
        try:
            status, body = do()
        except ApiError as error:
            status, body = error.status, error.body
        if key:
            self.replies[key] = asked, status, copy.deepcopy(body)
        return status, body


class MollieServer(ThreadingHTTPServer):
    """Serves a double on a free port of this machine, from a thread."""

    daemon_threads = True

    def __init__(self, api_key: str) -> None:
        self.double = MollieDouble(api_key)
        super().__init__(("127.0.0.1", 0), _Handler)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 30
    server: MollieServer

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, said = self._answer(body)
        except LineDead:
            self.close_connection = True
            return
        except ApiError as error:
            status, said = error.status, error.body
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            status, said = 400, {"status": 400, "title": "Bad Request", "detail": repr(error)}
        text = said if isinstance(said, str) else json.dumps(said)
        content = b"" if status == 204 else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/hal+json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = do_PATCH = _any  # noqa: N815 - names of http.server

    def _answer(self, body: bytes) -> tuple[int, Any]:
        double, parts = self.server.double, urlsplit(self.path)
        if self.headers.get("Authorization") != f"Bearer {double.account.api_key}":
            raise ApiError(401, "Unauthorized Request", "Missing authentication, or failed.")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        sent = json.loads(body) if body else None
        fits(CONTRACT, self.command, parts.path, query=query, sent=sent)
        route, names = find_route(self.command, parts.path)
        key = self.headers.get("Idempotency-Key", "")
        call = ReceivedCall(route.name, self.path, sent, key)
        return double.answer(
            call, lambda: (route.status, route.answer(double.account, names, query, sent))
        )

    def log_message(self, *_: object) -> None:
        """Nothing is written."""
