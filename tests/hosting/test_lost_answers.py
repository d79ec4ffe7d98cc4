"""A panel that did what it was asked for, and whose answer did not come: nobody who paid stays off, nobody else on."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from commerce.hosting import provisioning
from commerce.hosting.actions.servers import change_server
from commerce.hosting.models import Server, Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome, ModuleResult
from commerce.hosting.panel_servers import read_secrets
from commerce.jobs import handlers, worker
from commerce.jobs.handlers import JobRun, job_handler
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.doubles.panel import FakePanel, put_on_panel

pytestmark = pytest.mark.django_db
AT = make.AT
OVERDUE: dict[str, Any] = {"suspension_reason": "overdue", "idempotency_key": "first"}


@pytest.fixture(autouse=True)
def _own_tables() -> Iterator[None]:
    tables = (registry._MODULES, provisioning._holds, handlers._types)
    known = [dict(table) for table in tables]
    yield
    for table, before in zip(tables, known, strict=True):
        table.clear()  # type: ignore[attr-defined]
        table.update(before)  # type: ignore[attr-defined]


@pytest.fixture
def panel() -> FakePanel:
    made = FakePanel()
    made.install()
    return made


@pytest.fixture
def owed() -> dict[str, bool]:
    """Whether the overdue invoice is unpaid; suspensions for it hold as long."""
    state = {"unpaid": True}
    provisioning.register_suspension_check("overdue", lambda _service, _args: state["unpaid"])
    return state


def on_panel(status: str, panel: FakePanel) -> Service:
    service = make.make_service(status=status)
    put_on_panel(service)
    panel.accounts[service.provisioning_key] = "on" if status == "active" else "off"
    return service


def ctx(**later: float) -> Context:
    return Context(after(**later), SYSTEM)


def after(**later: float) -> datetime:
    return AT + timedelta(**later)


def work(**later: float) -> None:
    run_due_jobs(at=after(**later))


def lost(panel: FakePanel, state: str) -> None:
    """The panel does the next thing it is asked for, and nobody hears of it."""

    def take() -> None:
        for key in panel.accounts:
            panel.accounts[key] = state

    panel.meanwhile = take
    panel.says(ModuleOutcome.SILENT)


def answers(panel: FakePanel) -> None:
    panel.meanwhile = None
    panel.says(ModuleOutcome.OK)


def how_it_is(service: Service, panel: FakePanel) -> tuple[str, str]:
    service.refresh_from_db()
    return service.status, panel.accounts[service.provisioning_key]


def test_who_pays_after_a_suspension_without_an_answer_is_switched_on(
    panel: FakePanel, owed: dict[str, bool]
) -> None:
    """It was off for ever: a silence uses up no try, by which it was seen whether one was asked for."""
    service = on_panel("active", panel)
    lost(panel, "off")
    provisioning.request_suspension(service=service, ctx=ctx(), **OVERDUE)
    work()
    assert how_it_is(service, panel) == ("active", "off")
    answers(panel)
    owed["unpaid"] = False
    provisioning.request_resumption(service=service, only_reason="overdue", ctx=ctx(minutes=1))
    work(minutes=2)
    assert how_it_is(service, panel) == ("active", "on")


def test_who_pays_while_a_suspension_runs_without_an_answer_is_switched_on(
    panel: FakePanel, owed: dict[str, bool]
) -> None:
    service = on_panel("active", panel)
    provisioning.request_suspension(service=service, ctx=ctx(), **OVERDUE)
    lost(panel, "off")
    switch_off = panel.meanwhile
    assert switch_off is not None

    def pay_meanwhile() -> None:
        switch_off()
        owed["unpaid"] = False
        provisioning.request_resumption(service=service, only_reason="overdue", ctx=ctx())

    panel.meanwhile = pay_meanwhile
    work()
    answers(panel)
    for minutes in range(1, 30):
        work(minutes=minutes)
    assert how_it_is(service, panel) == ("active", "on")


def test_a_stopped_order_whose_resumption_may_have_worked_is_switched_off(
    panel: FakePanel,
) -> None:
    service = on_panel("suspended", panel)
    lost(panel, "on")
    provisioning.request_resumption(service=service, ctx=ctx())
    work()
    assert how_it_is(service, panel) == ("suspended", "on")
    answers(panel)
    provisioning.request_stop(service=service, ctx=ctx(minutes=1))
    work(minutes=2)
    assert how_it_is(service, panel) == ("suspended", "off")


def test_a_suspension_for_abuse_takes_the_place_of_a_resumption_that_waits(
    panel: FakePanel,
) -> None:
    service = on_panel("suspended", panel)
    lost(panel, "on")
    provisioning.request_resumption(service=service, ctx=ctx())
    work()
    answers(panel)
    provisioning.request_suspension(service=service, suspension_reason="abuse", ctx=ctx(minutes=1))
    work(minutes=2)
    assert how_it_is(service, panel) == ("suspended", "off")
    assert service.suspension_reason == "abuse"


def test_what_waited_for_a_server_has_its_whole_time_at_the_panel(panel: FakePanel) -> None:
    """It parked at the first silence: it had waited for longer than one may wait for an answer."""
    server = Server.objects.get(module="fake")
    Server.objects.update(is_active=False)
    service = on_panel("pending", panel)
    provisioning.request_creation(service=service, idempotency_key="order 1", ctx=ctx())
    for hours in range(8):
        work(hours=hours, minutes=1)
    assert Job.objects.get(action="service.create").status == "waiting"
    Server.objects.filter(pk=server.pk).update(is_active=True)
    panel.says(ModuleOutcome.SILENT)
    work(hours=8, minutes=2)
    assert Job.objects.get(action="service.create").status == "waiting"
    answers(panel)
    work(hours=8, minutes=4)
    service.refresh_from_db()
    assert service.status == "active"


def test_what_may_still_run_at_the_panel_is_not_asked_for_again_at_once(panel: FakePanel) -> None:
    """Making an account takes a panel a minute and more; the next try came after one."""
    service = on_panel("active", panel)
    provisioning.request_suspension(service=service, suspension_reason="staff", ctx=ctx())
    panel.answer = ModuleResult(
        outcome=ModuleOutcome.SILENT, message="it takes too long", may_still_run=True
    )
    work()
    assert Job.objects.get(action="service.suspend").next_try_at == after(minutes=10)
    panel.says(ModuleOutcome.OK)
    work(minutes=9)
    assert panel.calls == ["suspend"]
    work(minutes=10)
    assert panel.calls == ["suspend", "suspend"]
    service.refresh_from_db()
    assert service.status == "suspended"


def test_each_job_of_a_worker_that_runs_once_has_a_lease_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The lease of the last one was over when it began, and another worker took it, too."""
    now, leases = [AT], []

    def take_a_while(run: JobRun) -> None:
        leases.append(Job.objects.values_list("lease_until", flat=True).get(pk=run.job_id))
        now[0] += timedelta(minutes=9)

    job_handler("thing.do")(take_a_while)
    for number in range(3):
        enqueue(("thing", number), "thing.do", "once", AT)
    monkeypatch.setattr(clock, "now", lambda: now[0])
    assert worker.run_everything_due([]) == (3, [])
    assert leases == [after(minutes=10), after(minutes=19), after(minutes=28)]


@pytest.mark.parametrize("change", [{"hostname": "web9.example.net"}, {"port": 2099}])
def test_no_other_host_gets_the_secrets_of_a_server(
    panel: FakePanel, change: dict[str, Any]
) -> None:
    """Whoever may edit servers had them sent to a host of their own."""
    server = Server.objects.get(module="fake")
    change_server(server=server, settings={"api_token": "s3cret"}, ctx=ctx())
    change_server(server=server, ctx=ctx(), **change)
    assert read_secrets(server) == {}
    change_server(server=server, settings={"api_token": "s3cret"}, ctx=ctx())
    change_server(
        server=server, hostname="web8.example.net", settings={"api_token": "other"}, ctx=ctx()
    )
    assert read_secrets(server) == {"api_token": "other"}
    assert server.is_active
