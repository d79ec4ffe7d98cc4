"""Stripe behind its door: each call with its idempotency key and the fault that awaits it, and the world around it."""

import json
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from commerce.demo.stripe_double import cards_on_file, disputes, refunds
from commerce.demo.stripe_double.account import StripeAccount, StripeObject, expand
from commerce.demo.stripe_double.errors import ApiError
from commerce.demo.stripe_double.forms import Params, is_true, required, whole_number
from commerce.demo.stripe_double.routes import ApiRoute
from commerce.demo.stripe_double.webhooks import WebhookSender


@dataclass(slots=True)
class ApiFault:
    """How the next ``times`` calls of a name go wrong.

    ``silent``: nothing is done, and the line goes dead. ``lost``: it is done, and the line goes dead. ``slow``: it is
    done after ``seconds``. ``rate_limited``, ``forbidden``, ``conflict``, ``error``: 429, 403, 409, 500 before anything
    is done.
    ``error_kept``: it is done, and 500 is the answer to this key for good. ``nonsense``: 200 without JSON.
    """

    call: str
    kind: str
    times: int = 1
    seconds: float = 0


REFUSALS = {
    "rate_limited": (429, "Too many requests.", "rate_limit"),
    "forbidden": (403, "This key may not do that.", ""),
    "conflict": (409, "Another request holds the lock of this object.", "lock_timeout"),
    "error": (500, "Something went wrong at Stripe.", ""),
}


class ReceivedCall(NamedTuple):
    """A call that a server made: what it was, what it said, and how it was written."""

    name: str
    params: Params
    idempotency_key: str
    target: str
    body: bytes


class LineDead(Exception):
    """The connection ends without an answer."""


class StripeDouble:
    """An account at Stripe, who listens to its events, and what shall go wrong."""

    def __init__(self, secret_key: str, publishable_key: str) -> None:
        self.account = StripeAccount(secret_key, publishable_key)
        self.faults: list[ApiFault] = []
        self.calls: list[ReceivedCall] = []
        self.sender: WebhookSender | None = None

    def send_events_to(self, url: str, secret: str, **options: Any) -> WebhookSender:
        """Have each event from now on sent to a webhook."""
        self.sender = WebhookSender(url, secret, **options)
        self.account.on_event = self.sender.send
        self.sender.start()
        return self.sender

    def fault(self, call: str) -> ApiFault | None:
        """What goes wrong with this call; it is used up."""
        with self.account.lock:
            found = next((each for each in self.faults if each.call == call), None)
            if found is not None:
                found.times -= 1
                if found.times <= 0:
                    self.faults.remove(found)
            return found

    def answer(
        self, route: ApiRoute, name: str, params: Params, key: str
    ) -> tuple[int, StripeObject]:
        """Status and body of a call, with the fault that awaits it, and done once for each key."""
        fault = self.fault(route.name)
        wrong = fault.kind if fault else ""
        if wrong in REFUSALS:
            status, message, code = REFUSALS[wrong]
            return status, ApiError(status, message, code=code).body
        if wrong == "silent":
            raise LineDead
        if fault and wrong == "slow":
            time.sleep(fault.seconds)
        with self.account.lock:
            status, body = self._once(route, name, params, key)
            if wrong == "error_kept":
                status, body = 500, ApiError(500, "Something went wrong at Stripe.").body
                self.account.replies[key] = (self.account.replies[key][0], status, body)
        if wrong == "lost":
            raise LineDead
        return (status, {"nonsense": True}) if wrong == "nonsense" else (status, body)

    def _once(
        self, route: ApiRoute, name: str, params: Params, key: str
    ) -> tuple[int, StripeObject]:
        asked = [route.name, name, params]
        if key in self.account.replies:
            before, status, body = self.account.replies[key]
            if before != json.dumps(asked, sort_keys=True):
                raise ApiError(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                    kind="idempotency_error",
                )
            return status, body
        status, body = self._do(route, name, dict(params))
        if key and status in (200, 402):
            self.account.replies[key] = (json.dumps(asked, sort_keys=True), status, body)
        return status, body

    def _do(self, route: ApiRoute, name: str, params: Params) -> tuple[int, StripeObject]:
        paths = params.get("expand", [])
        try:
            found = self.account.get(route.kind, name) if route.kind else {}
            return 200, expand(self.account, route.answer(self.account, found, params), paths)
        except ApiError as error:
            return error.http_status, json.loads(json.dumps(error.body))

    def play(self, path: str, params: Params) -> Any:
        """What the rest of the world does: banks, cardholders, the network."""
        account, (what, _, name) = self.account, path.partition("/")
        match what, bool(name):
            case "faults", False:
                times, seconds = int(params.get("times", 1)), float(params.get("seconds", 0))
                self.faults.append(ApiFault(params["call"], params["kind"], times, seconds))
            case "disputes", False:
                intent = account.get("payment_intent", required(params, "payment_intent"))
                charge = account.get("charge", intent["latest_charge"] or "")
                amount = whole_number(params, "amount") if "amount" in params else charge["amount"]
                more = {name: params[name] for name in ("reason", "state") if name in params}
                return disputes.open_dispute(account, charge, amount=amount, **more)
            case "disputes", True:
                return disputes.close_dispute(
                    account, account.get("dispute", name), required(params, "status")
                )
            case "refunds", True:
                return refunds.end_refund(
                    account, account.get("refund", name), required(params, "status")
                )
            case "cards", True:
                month, year = whole_number(params, "exp_month"), whole_number(params, "exp_year")
                method = account.get("payment_method", name)
                return cards_on_file.update_card(account, method, exp_month=month, exp_year=year)
            case "webhooks", False if self.sender:
                self.sender.copies = int(params.get("copies", self.sender.copies))
                if params.get("held") == "true":
                    self.sender.held = True
                else:
                    self.sender.release(newest_first=is_true(params, "newest_first"))
            case "events", False:
                return list(account.all_of("event"))
            case _:
                raise ApiError(404, f"Nothing at /_double/{path}")
        return {}
