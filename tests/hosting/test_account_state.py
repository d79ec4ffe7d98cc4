"""Whether an account runs is asked after suspend and resume, and once a day: pages say what is true (audit A24)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.hosting import provisioning
from commerce.hosting.actions.accounts import store_account_info
from commerce.hosting.models import AccountInfo, Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import AccountState, ModuleCapability, PanelAccount
from commerce.hosting.steps import ask_servers_daily
from commerce.kit.context import SYSTEM, Context
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from tests import make
from tests.doubles.panel import FakePanel, put_on_panel
from tests.make.jobs import run_all_jobs

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)


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


@pytest.fixture
def service(panel: FakePanel) -> Service:
    made = make.make_service()
    put_on_panel(made)
    panel.keep(made)
    return made


def said(service: Service) -> str:
    return AccountInfo.objects.get(service=service).state


def test_the_page_says_what_is_true_after_suspend_and_resume(service: Service) -> None:
    """A machine that was paid for and ran was shown as stopped, with a button to start it."""
    provisioning.request_suspension(service=service, suspension_reason="staff", ctx=CTX)
    run_all_jobs(AT)
    assert said(service) == AccountState.OFF
    provisioning.request_resumption(service=service, ctx=CTX)
    run_all_jobs(AT + timedelta(minutes=1))
    assert said(service) == AccountState.ON
    assert AccountInfo.objects.get().checked_at == AT + timedelta(minutes=1)


@pytest.mark.parametrize("lists", [True, False])
def test_each_day_all_accounts_are_asked_how_they_stand(
    panel: FakePanel, service: Service, *, lists: bool
) -> None:
    if not lists:
        panel.module.capabilities = frozenset(ModuleCapability) - {ModuleCapability.LIST}
    panel.keep(service, state=AccountState.OFF)
    for day in range(2):
        at = AT + timedelta(days=day)
        ask_servers_daily(RunDay(at.date(), at), StepReport("ask-servers", "asks servers"))
        run_all_jobs(at)
        assert AccountInfo.objects.get(service=service).checked_at == at
    assert said(service) == AccountState.OFF


def test_what_a_list_leaves_out_is_kept(service: Service) -> None:
    def keep(**details: str) -> None:
        told = PanelAccount(
            remote_id=service.remote_id,
            username=service.username,
            state=AccountState.ON,
            is_ours=True,
            details=details,
        )
        store_account_info(service=service, account=told, ctx=CTX)

    keep(ipv4="192.0.2.7")
    keep()
    assert AccountInfo.objects.get().details == {"ipv4": "192.0.2.7"}
