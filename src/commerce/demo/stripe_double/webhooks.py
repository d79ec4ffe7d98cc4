"""Events as Stripe sends them: signed, tried again when nobody answers, doubled and out of order on demand."""

import hashlib
import hmac
import json
import logging
import ssl
import threading
import time
import urllib.error
import urllib.request

from commerce.demo.stripe_double.account import StripeObject, epoch_seconds

log = logging.getLogger(__name__)

RETRY_SECONDS = (1, 5, 30, 120, 600)

type SignedEvent = tuple[dict[str, str], bytes]
"""A message: headers and body."""


def sign_event(event: StripeObject, secret: str, *, at: int | None = None) -> SignedEvent:
    """The message about an event, signed at an instant."""
    body = json.dumps(event, indent=2).encode()
    stamp = epoch_seconds() if at is None else at
    mac = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={stamp},v1={mac}", "Content-Type": "application/json"}
    return headers, body


class WebhookSender(threading.Thread):
    """Sends each event to one address; with ``copies`` more than once, with ``held`` not before ``release``."""

    def __init__(
        self, url: str, secret: str, *, retry_seconds: tuple[float, ...] = RETRY_SECONDS
    ) -> None:
        super().__init__(name="webhooks", daemon=True)
        self.url, self.secret, self.retry_seconds = url, secret, retry_seconds
        self.copies, self.held = 1, False
        self._waiting: list[tuple[float, int, StripeObject]] = []
        self._changed = threading.Condition()
        self._ended = False

    def send(self, event: StripeObject) -> None:
        """Have it sent, as often as ``copies`` says."""
        with self._changed:
            self._waiting += [(time.monotonic(), 0, event)] * self.copies
            self._changed.notify()

    def release(self, *, newest_first: bool = False) -> None:
        """Send what was held back."""
        with self._changed:
            if newest_first:
                self._waiting.reverse()
            self.held = False
            self._changed.notify()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()

    def run(self) -> None:
        while (next_one := self._next()) is not None:
            tries, event = next_one
            if self._post(event) or tries >= len(self.retry_seconds):
                continue
            with self._changed:
                due = time.monotonic() + self.retry_seconds[tries]
                self._waiting.append((due, tries + 1, event))

    def _next(self) -> tuple[int, StripeObject] | None:
        """The next event that is due, once there is one; ``None`` at the end."""
        with self._changed:
            while not self._ended:
                now = time.monotonic()
                due = [] if self.held else [each for each in self._waiting if each[0] <= now]
                if due:
                    self._waiting.remove(due[0])
                    return due[0][1:]
                self._changed.wait(0.2 if self._waiting else None)
        return None

    def _post(self, event: StripeObject) -> bool:
        """Whether the receiver answered with 2xx. It is on this machine, with a certificate of its own."""
        headers, body = sign_event(event, self.secret)
        request = urllib.request.Request(self.url, body, headers, method="POST")  # noqa: S310
        trusting = ssl._create_unverified_context()  # noqa: S323
        try:
            with urllib.request.urlopen(request, timeout=10, context=trusting):  # noqa: S310
                return True
        except (urllib.error.URLError, OSError) as error:
            log.info("%s was not taken: %s", event["type"], error)
            return False
