"""The HTTP server of the Stripe double. Forms in, JSON out, as at Stripe.

For servers (``Authorization: Bearer sk_test_…``): the calls of ``routes.py``, with ``Idempotency-Key``.

For browsers (``key=pk_test_…`` and ``client_secret`` in form or query; any origin may ask):
    GET  /v1/payment_intents/{id}, /v1/setup_intents/{id}
    POST /v1/payment_intents/{id}/confirm, /v1/setup_intents/{id}/confirm with ``return_url`` and
         ``payment_method_data[type]=card``, ``payment_method_data[card][number|exp_month|exp_year|cvc]``, or
         ``payment_method=pm_…`` for a saved one. The answer is the intent, or 402 ``{"error": {code, decline_code,
         message, payment_intent}}``. With ``status: requires_action`` the browser goes to
         ``next_action.redirect_to_url.url``.
    GET  /3ds/{intent}?client_secret=… the bank's page; its form POSTs ``outcome`` ``pass`` or ``fail`` to the same
         address and is sent on to ``return_url`` with ``payment_intent`` (or ``setup_intent``), ``…_client_secret`` and
         ``redirect_status``. With ``Accept: application/json`` it answers the intent instead.
    GET  /js/NAME a file of the folder ``browser/``: the Payment Element of this double.

For whoever plays the world (no key; this machine only):
    POST /_double/faults     call ``POST /v1/refunds``, kind (see ``ApiFault``), times, seconds
    POST /_double/disputes   payment_intent, reason, amount, state
    POST /_double/disputes/{id}  status ``won``, ``lost``
    POST /_double/refunds/{id}   status ``succeeded``, ``failed``
    POST /_double/cards/{pm}     exp_month, exp_year: the bank sent a new card
    POST /_double/webhooks   copies, held ``true``/``false``, newest_first
    GET  /_double/events     all events, newest first
"""

import json
import mimetypes
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from commerce.demo.stripe_double import cards_on_file, payment_intents
from commerce.demo.stripe_double.account import StripeObject
from commerce.demo.stripe_double.double import LineDead, ReceivedCall, StripeDouble
from commerce.demo.stripe_double.errors import ApiError
from commerce.demo.stripe_double.forms import Params, parse_form
from commerce.demo.stripe_double.routes import find_route

BROWSER_FILES = Path(__file__).with_name("browser")
MAX_BODY_BYTES = 256 * 1024
SHOWN_TO_BROWSERS = (
    "id object amount currency status client_secret next_action last_payment_error last_setup_error "
    "payment_method livemode created"
).split()
BANK_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Test bank</title>
<meta name="viewport" content="width=device-width">
<body style="font: 1rem/1.5 system-ui; margin: 3rem auto; max-width: 24rem">
<h1>Test bank</h1><p>This page stands for the one on which a bank asks who is paying. No money moves.</p>
<form method="post"><button name="outcome" value="pass">Complete authentication</button>
<button name="outcome" value="fail">Fail authentication</button></form></body></html>"""


class StripeServer(ThreadingHTTPServer):
    """Serves a ``StripeDouble`` on this machine; port 0 is any that is free. ``start`` does so from a thread."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        port: int = 0,
        *,
        secret_key: str = "sk_test_double",  # noqa: S107 - a key of nobody
        publishable_key: str = "pk_test_double",
    ) -> None:
        self.double = StripeDouble(secret_key, publishable_key)
        super().__init__(("127.0.0.1", port), _Handler)
        self.origin = self.double.account.origin = f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        serve = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        serve.start()

    def end(self) -> None:
        if self.double.sender:
            self.double.sender.end()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet
    server: StripeServer
    timeout: ClassVar[int] = 30

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_OPTIONS(self) -> None:
        self._reply(204, b"", "text/plain")

    def log_message(self, *args: Any) -> None:
        """Nothing is written of requests: addresses hold client secrets."""

    def _serve(self, method: str) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            self._reply(413, b"", "text/plain")
            return
        try:
            body = self.rfile.read(length)
            params = parse_form(body.decode()) | parse_form(parts.query)
            self._route(method, parts.path, params, body)
        except LineDead:
            self.close_connection = True
        except ApiError as error:
            self._json(error.http_status, error.body)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._json(400, ApiError(400, f"Not understood: {error}").body)

    def _route(self, method: str, path: str, params: Params, body: bytes) -> None:
        _, first, rest = path.split("/", 2) if path.count("/") > 1 else ("", "", "")
        if first == "_double":
            with self.server.double.account.lock:
                self._json(200, self.server.double.play(rest, params))
        elif first == "3ds":
            self._bank(method, rest, params)
        elif first == "js" and method == "GET":
            self._file(rest)
        elif (found := find_route(method, path)) is None:
            raise ApiError(404, f"Unrecognized request URL ({method}: {path}).")
        else:
            route, name = found
            browser = self._authorize(name, params, browsers=route.for_browsers)
            double, key = self.server.double, self.headers.get("Idempotency-Key", "")
            if not browser:
                double.calls.append(ReceivedCall(route.name, params, key, self.path, body))
            status, answer = double.answer(route, name, params, key)
            self._json(status, _shown(answer) if browser else answer)

    def _authorize(self, name: str, params: Params, *, browsers: bool) -> bool:
        """Whether a browser asks; raises ``ApiError`` for whoever may not."""
        account = self.server.double.account
        key = self.headers.get("Authorization", "").removeprefix("Bearer ") or params.get("key", "")
        if key == account.secret_key:
            return False
        secret = account.objects.get(name, {}).get("client_secret")
        if key == account.publishable_key and browsers and secret == params.get("client_secret"):
            return True
        hidden = f"{key[:8]}…" if key else "none"
        raise ApiError(401, f"Invalid API Key provided: {hidden}")

    def _bank(self, method: str, name: str, params: Params) -> None:
        account = self.server.double.account
        with account.lock:
            intent = account.objects.get(name, {})
            if not intent or intent.get("client_secret") != params.get("client_secret"):
                raise ApiError(404, "No such payment.")
            if method == "GET":
                self._reply(200, BANK_PAGE.encode(), "text/html; charset=utf-8")
                return
            back = ((intent["next_action"] or {}).get("redirect_to_url") or {}).get("return_url")
            passed = params.get("outcome") == "pass"
            is_payment = intent["object"] == "payment_intent"
            finish = (
                payment_intents.finish_authentication if is_payment else cards_on_file.finish_setup
            )
            finish(account, intent, passed=passed)
        if "json" in self.headers.get("Accept", "") or not back:
            self._json(200, _shown(intent))
            return
        told = {
            intent["object"]: intent["id"],
            f"{intent['object']}_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if intent["status"] == "succeeded" else "failed",
        }
        glue = "&" if "?" in back else "?"
        self._reply(303, b"", "text/html", Location=f"{back}{glue}{urlencode(told)}")

    def _file(self, name: str) -> None:
        path = BROWSER_FILES / Path(name).name
        if not path.is_file():
            raise ApiError(404, "No such file.")
        self._reply(200, path.read_bytes(), mimetypes.guess_type(path.name)[0] or "text/plain")

    def _json(self, status: int, body: Any) -> None:
        if body == {"nonsense": True}:
            self._reply(200, b"<html>It works!</html>", "text/html")
        else:
            self._reply(status, json.dumps(body).encode(), "application/json")

    def _reply(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Request-Id", f"req_{id(body):x}")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "*")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _shown(body: StripeObject) -> StripeObject:
    """What a browser gets to see of an intent, or of an error."""
    if error := body.get("error"):
        inner = {
            name: _shown(value) if isinstance(value, dict) else value
            for name, value in error.items()
        }
        return {"error": inner}
    return {name: body[name] for name in SHOWN_TO_BROWSERS if name in body}
