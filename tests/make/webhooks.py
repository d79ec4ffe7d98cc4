"""A gateway at our door: its messages as the server hands them over, through the WSGI entry."""

import io
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings

from commerce.config.wsgi import application
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock, counter_store
from commerce.payments.job_names import PROCESS_GATEWAY_EVENT
from commerce.payments.models import GatewayEvent
from commerce.payments.receive_message import look_key
from tests.doubles.gateway import SignedMessage


class WebhookAnswer(NamedTuple):
    """What the gateway is told."""

    status: int
    headers: dict[str, str]
    text: str


def deliver(
    message: SignedMessage,
    gateway: str = "fake",
    *,
    method: str = "POST",
    secure: bool = True,
    address: str = "203.0.113.9",
    headers: dict[str, str] | None = None,
) -> WebhookAnswer:
    """Send a message to ``/webhooks/{gateway}``."""
    signed, body = message
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": f"/webhooks/{gateway}",
        "QUERY_STRING": "",
        "REMOTE_ADDR": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8443",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "https" if secure else "http",
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in {**signed, **(headers or {})}.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    seen: dict[str, Any] = {}

    def start_response(status: str, pairs: list[tuple[str, str]]) -> None:
        names = [name.lower() for name, _ in pairs]
        assert len(names) == len(set(names)), f"a header is sent twice: {names}"
        seen.update(status=int(status[:3]), headers={k.lower(): v for k, v in pairs})

    body = b"".join(application(environ, start_response))
    return WebhookAnswer(seen["status"], seen["headers"], body.decode())


def let_seconds_pass(gateway: str, reference: str) -> None:
    """One that signs nothing may be asked about this payment again."""
    store = counter_store.counter_store_for(settings.COMMERCE_COUNTERS)
    store.clear(look_key(gateway, reference))


def work(after: timedelta = timedelta()) -> None:
    """The worker does what is due ``after`` this instant, whatever comes of it."""
    run_due_jobs(at=clock.now() + after)


def job_of(event: GatewayEvent) -> Job:
    """The newest job of an event."""
    jobs = Job.objects.of(("gatewayevent", event.pk)).filter(action=PROCESS_GATEWAY_EVENT)
    return jobs.latest("pk")
