"""A service of Acme whose account is at a sandbox panel, made as the worker makes it."""

from datetime import timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.hosting.models import Service
from commerce.hosting.provisioning import request_creation
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests.make.jobs import run_all_jobs
from tests.make.people import AT
from tests.make.records import make_product, make_server, make_service

SITE = "https://localhost:8443"


def ordered_hosting(client: Client, *, machine: bool = False, **over: Any) -> Service:
    """A service that waits for its account, on a server of its own."""
    module, package = ("sandbox_vm", "vps-s") if machine else ("sandbox", "starter")
    make_server(module=module, panel_url=f"{SITE}/sandbox")
    product = make_product(module=module, package=package)
    values = {"product": product, "domain": "acme.example"} | over
    service = make_service(client, "pending", **values)
    request_creation(service=service, idempotency_key="order", ctx=Context(AT, SYSTEM))
    return service


def made_hosting(client: Client, *, machine: bool = False, **over: Any) -> Service:
    """The same, active: its password can be shown."""
    service = ordered_hosting(client, machine=machine, **over)
    run_jobs(20 if machine else 0)
    service.refresh_from_db()
    assert service.status == "active"
    return service


def run_jobs(seconds: int = 0) -> None:
    """Let the worker do what there is to do; with ``seconds``, what waits for them too."""
    run_all_jobs(failing=bool(seconds))
    if seconds:
        later = clock.now() + timedelta(seconds=seconds)
        with clock.freeze_time(later):
            run_all_jobs()
