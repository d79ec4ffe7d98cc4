"""Accounts of one name: the end of one service never touches the account of another."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.erasure.rules import ErasureScope
from commerce.hosting import provisioning
from commerce.hosting.actions.erasure import erase_service_texts
from commerce.hosting.models import Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.doubles.panel import FakePanel, put_on_panel
from tests.make.jobs import run_all_jobs

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)

NAMES = {"username": "acme", "remote_id": "acme", "domain": "acme.example"}
NO_NAMES = {"username": "bob", "remote_id": "bob", "domain": "bob.example"}


@pytest.fixture(autouse=True)
def _own_modules() -> Iterator[None]:
    known = dict(registry._MODULES)
    yield
    registry._MODULES.clear()
    registry._MODULES.update(known)


@pytest.fixture
def panel() -> FakePanel:
    made = FakePanel()
    made.install()
    return made


def running() -> Service:
    service = make.make_service()
    put_on_panel(service)
    return service


def known_by(service: Service, **names: str) -> None:
    Service.objects.filter(pk=service.pk).update(**names)


def cancelled(**names: str) -> Service:
    """One whose account is still to be removed."""
    service = running()
    known_by(service, **NAMES | names)
    provisioning.request_cancellation(service=service, ctx=CTX)
    return service


def removal() -> Job:
    return Job.objects.get(action="service.terminate")


def run(minutes: int = 0) -> None:
    run_all_jobs(AT + timedelta(minutes=minutes), failing=True)


def erase(service: Service) -> None:
    with transaction.atomic():
        bump_revision(service.client_id, CTX)
        erase_service_texts(ErasureScope(service.client_id, frozenset(), frozenset()), CTX)
    service.refresh_from_db()


def ordered(domain: str) -> str:
    """The username that a new service gets."""
    service = make.make_service(status="pending", domain=domain)
    put_on_panel(service)
    provisioning.request_creation(service=service, idempotency_key=f"{service.pk}", ctx=CTX)
    run_all_jobs(AT)
    service.refresh_from_db()
    return service.username


def test_a_name_is_given_anew_when_its_account_is_removed_and_not_before(panel: FakePanel) -> None:
    panel.says(ModuleOutcome.SILENT)
    cancelled()
    run()
    panel.says(ModuleOutcome.OK)
    assert ordered("acme.example") == "acme2"
    run(2)
    assert removal().status == "succeeded"
    assert ordered("acme.test") == "acme"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"remote_id": "acme"}),
        ({}, {"remote_id": "", "username": "acme"}),
        ({"remote_id": ""}, {"username": "acme"}),
        ({"remote_id": ""}, {"domain": "acme.example"}),
    ],
)
def test_an_account_that_another_service_has_by_now_is_not_removed(
    panel: FakePanel, old: dict[str, str], new: dict[str, str]
) -> None:
    cancelled(**old)
    owner = running()
    known_by(owner, **NO_NAMES | new)
    run()
    parked = removal()
    assert (parked.status, panel.calls) == ("parked", [])
    assert f"service {owner.pk} " in parked.error
    known_by(owner, **NO_NAMES)
    retry_job(job=parked, ctx=CTX)
    run(1)
    assert (removal().status, panel.calls) == ("succeeded", ["terminate"])


def test_a_removal_under_way_goes_on_when_its_number_is_given_anew(panel: FakePanel) -> None:
    panel.answer = replace(panel.answer, outcome=ModuleOutcome.UNDER_WAY, data={"task": "7"})
    cancelled()
    run()
    known_by(running(), **NO_NAMES | {"remote_id": "acme"})
    panel.says(ModuleOutcome.OK)
    run(1)
    assert removal().status == "succeeded"


def test_erasure_leaves_the_id_of_an_account_until_it_is_removed(panel: FakePanel) -> None:
    panel.says(ModuleOutcome.SILENT)
    service = cancelled()
    run()
    erase(service)
    assert service.remote_id == "acme"
    panel.says(ModuleOutcome.OK)
    run(2)
    erase(service)
    assert service.remote_id == ""
