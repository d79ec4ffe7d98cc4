"""From an active order to an account, and what becomes of it: by hand, and with a panel."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.catalog.models import Product
from commerce.hosting import provisioning
from commerce.hosting.actions.states import cancel_service
from commerce.hosting.models import Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests import make
from tests.doubles.panel import FakePanel, put_on_panel
from tests.make.jobs import run_all_jobs

pytestmark = pytest.mark.django_db
AT = make.AT
LATER = AT + timedelta(days=3)
CTX = Context(LATER, SYSTEM)


@pytest.fixture(autouse=True)
def _own_modules() -> Iterator[None]:
    known, holds = dict(registry._MODULES), dict(provisioning._holds)
    yield
    for stored, before in ((registry._MODULES, known), (provisioning._holds, holds)):
        stored.clear()
        stored.update(before)


@pytest.fixture
def panel() -> FakePanel:
    """A panel at the network's edge, and all products provided by it."""
    made = FakePanel()
    made.install()
    return made


def on_panel(status: str = "pending", client: Client | None = None) -> Service:
    service = make.make_service(client, status=status)
    put_on_panel(service)
    return service


def states() -> dict[str, str]:
    jobs = Job.objects.filter(subject_kind="service")
    return dict(jobs.order_by("id").values_list("action", "status"))


def job(action: str) -> Job:
    return Job.objects.filter(action=action).latest("id")


def done(action: str, **typed: str) -> None:
    finish_manually(job=job(action), reason="done", answers=typed, ctx=CTX)


class TestByHand:
    def test_an_account_is_made_by_staff_who_say_its_name(self) -> None:
        service, server = make.make_service(status="pending"), make.make_server()
        for _ in range(2):
            provisioning.request_creation(service=service, idempotency_key="order 1", ctx=CTX)
        run_all_jobs(LATER, failing=True)
        to_do = job("service.create")
        assert (to_do.status, service.status) == ("parked", "pending")
        assert to_do.error.startswith(f"Set up service {service.pk}, ")
        with pytest.raises(BusinessError, match="username"):
            done("service.create", server=server.name)
        with pytest.raises(BusinessError, match="not found"):
            done("service.create", username="acme", server="elsewhere")
        done("service.create", username="acme", server=server.name, remote_id="17")
        service.refresh_from_db()
        assert (service.status, service.username, service.server) == ("active", "acme", server)
        assert (service.remote_id, service.activated_on) == ("17", LATER.date())
        assert job("service.create").status == "succeeded"

    def test_an_account_belongs_to_one_service(self) -> None:
        """U9."""
        server = make.make_server()
        for n in range(2):
            service = make.make_service(status="pending")
            provisioning.request_creation(service=service, idempotency_key=f"order {n}", ctx=CTX)
            run_all_jobs(LATER, failing=True)
            if n:
                with pytest.raises(BusinessError, match="Another service"):
                    done("service.create", username="acme", server=server.name)
            else:
                done("service.create", username="acme", server=server.name)
        assert job("service.create").status == "parked"

    def test_what_no_module_provides_may_be_active_at_once(self) -> None:
        service = make.make_service(status="pending")
        Product.objects.update(type="other", activation="immediate")
        service.refresh_from_db()
        assert provisioning.request_creation(service=service, idempotency_key="order 1", ctx=CTX)
        assert service.status == "active"
        assert states() == {}

    def test_suspension_and_resumption_count_at_once_with_to_dos(self) -> None:
        service = make.make_service(status="active")
        assert provisioning.request_suspension(service=service, suspension_reason="staff", ctx=CTX)
        assert (service.status, service.suspension_reason) == ("suspended", "staff")
        assert not provisioning.request_suspension(
            service=service, suspension_reason="staff", ctx=CTX
        )
        run_all_jobs(LATER, failing=True)
        done("service.suspend")
        assert provisioning.request_resumption(service=service, ctx=CTX)
        assert service.status == "active"
        assert not provisioning.request_resumption(service=service, ctx=CTX)
        run_all_jobs(LATER, failing=True)
        assert states() == {"service.suspend": "succeeded", "service.resume": "parked"}
        assert "Switch on" in job("service.resume").error

    def test_what_nobody_switched_off_yet_need_not_be_switched_on(self) -> None:
        service = make.make_service(status="active")
        provisioning.request_suspension(service=service, suspension_reason="overdue", ctx=CTX)
        run_all_jobs(LATER, failing=True)
        provisioning.request_resumption(service=service, only_reason="overdue", ctx=CTX)
        assert service.status == "active"
        assert states() == {"service.suspend": "dropped"}

    def test_payment_does_not_resume_what_staff_suspended(self) -> None:
        service = make.make_service(status="active")
        provisioning.request_suspension(service=service, suspension_reason="abuse", ctx=CTX)
        assert not provisioning.request_resumption(service=service, only_reason="overdue", ctx=CTX)
        assert service.status == "suspended"

    def test_termination_leaves_only_its_own_to_do(self) -> None:
        service = make.make_service(status="active")
        provisioning.request_suspension(service=service, suspension_reason="overdue", ctx=CTX)
        assert provisioning.request_termination(service=service, ctx=CTX)
        assert (service.status, service.terminated_at) == ("terminated", LATER)
        assert not provisioning.request_termination(service=service, ctx=CTX)
        run_all_jobs(LATER, failing=True)
        assert states() == {"service.suspend": "dropped", "service.terminate": "parked"}

    def test_cancelling_what_never_started_leaves_nothing_to_do(self) -> None:
        service = make.make_service(status="pending")
        provisioning.request_creation(service=service, idempotency_key="order 1", ctx=CTX)
        run_all_jobs(LATER, failing=True)
        provisioning.request_cancellation(service=service, ctx=CTX)
        assert (service.status, states()) == ("cancelled", {"service.create": "dropped"})
        assert not provisioning.request_cancellation(service=service, ctx=CTX)

    def test_an_order_that_ends_takes_its_to_do_along(self) -> None:
        """Whatever ends the service: `cancel_service` by itself, too."""
        service = make.make_service(status="pending")
        provisioning.request_creation(service=service, idempotency_key="order 1", ctx=CTX)
        cancel_service(service=service, ctx=CTX)
        assert states() == {"service.create": "dropped"}


@pytest.mark.usefixtures("panel")
class TestWithAPanel:
    def test_the_state_changes_when_the_panel_said_so(self, panel: FakePanel) -> None:
        service = on_panel()
        provisioning.request_creation(service=service, idempotency_key="order 1", ctx=CTX)
        assert service.status == "pending"
        panel.says(ModuleOutcome.RETRY)
        run_all_jobs(LATER, failing=True)
        assert (job("service.create").status, job("service.create").tries) == ("waiting", 1)
        panel.says(ModuleOutcome.OK)
        run_all_jobs(LATER + timedelta(minutes=2))
        service.refresh_from_db()
        assert (service.status, service.remote_id) == ("active", "1")
        assert panel.accounts == {service.provisioning_key: "on"}

    def test_a_suspension_that_fails_is_not_shown_as_one(self, panel: FakePanel) -> None:
        provisioning.register_suspension_check("overdue", lambda *_: True)
        service = on_panel("active")
        panel.says(ModuleOutcome.REFUSED)
        provisioning.request_suspension(service=service, suspension_reason="overdue", ctx=CTX)
        run_all_jobs(LATER, failing=True)
        service.refresh_from_db()
        assert (service.status, job("service.suspend").status) == ("active", "parked")
        done("service.suspend")
        service.refresh_from_db()
        assert (service.status, service.suspension_reason) == ("suspended", "overdue")

    def test_r22_payment_drops_a_termination_that_waits(self, panel: FakePanel) -> None:
        provisioning.register_suspension_check("overdue", lambda *_: True)
        service = on_panel("active")
        provisioning.request_suspension(service=service, suspension_reason="overdue", ctx=CTX)
        run_all_jobs(LATER)
        provisioning.request_termination(service=service, ctx=CTX)
        provisioning.request_resumption(service=service, only_reason="overdue", ctx=CTX)
        run_all_jobs(LATER)
        service.refresh_from_db()
        assert service.status == "active"
        assert states() == {
            "service.suspend": "succeeded",
            "service.terminate": "dropped",
            "service.resume": "succeeded",
            "service.refresh": "succeeded",
        }
        assert panel.calls == ["suspend", "resume"]

    def test_payment_does_not_drop_what_staff_ended(self, panel: FakePanel) -> None:
        service = on_panel("active")
        provisioning.request_termination(service=service, suspension_reason="staff", ctx=CTX)
        assert not provisioning.request_resumption(service=service, only_reason="overdue", ctx=CTX)
        run_all_jobs(LATER)
        service.refresh_from_db()
        assert service.status == "terminated"

    def test_a_suspension_whose_reason_goes_while_the_panel_works_is_undone(
        self, panel: FakePanel
    ) -> None:
        """R21: nobody is suspended here who has paid meanwhile, and his account is switched on again."""
        owed = [True]
        provisioning.register_suspension_check("overdue", lambda *_: owed[0])
        service = on_panel("active")
        provisioning.request_suspension(service=service, suspension_reason="overdue", ctx=CTX)
        panel.meanwhile = lambda: owed.__setitem__(0, False)
        run_all_jobs(LATER)
        service.refresh_from_db()
        assert (service.status, service.suspended_at) == ("active", None)
        assert panel.calls == ["suspend", "resume"]
        assert panel.accounts == {service.provisioning_key: "on"}
        assert set(states().values()) == {"succeeded"}

    def test_a_suspension_whose_answer_was_lost_is_undone_by_payment(
        self, panel: FakePanel
    ) -> None:
        provisioning.register_suspension_check("overdue", lambda *_: True)
        service = on_panel("active")
        panel.says(ModuleOutcome.RETRY)
        provisioning.request_suspension(service=service, suspension_reason="overdue", ctx=CTX)
        run_all_jobs(LATER, failing=True)
        panel.says(ModuleOutcome.OK)
        assert provisioning.request_resumption(service=service, only_reason="overdue", ctx=CTX)
        run_all_jobs(LATER + timedelta(minutes=5))
        service.refresh_from_db()
        assert service.status == "active"
        done = dict.fromkeys(("service.resume", "service.refresh"), "succeeded")
        assert states() == {"service.suspend": "dropped"} | done

    def test_whom_staff_resumed_is_not_suspended_again_for_the_same_occasion(
        self, panel: FakePanel
    ) -> None:
        provisioning.register_suspension_check("overdue", lambda *_: True)
        service = on_panel("active")

        def suspend(key: str) -> bool:
            return provisioning.request_suspension(
                service=service, suspension_reason="overdue", idempotency_key=key, ctx=CTX
            )

        assert suspend("invoice 1")
        run_all_jobs(LATER)
        provisioning.request_resumption(service=service, ctx=CTX)
        assert not suspend("invoice 1")
        run_all_jobs(LATER)
        service.refresh_from_db()
        assert service.status == "active"
        assert suspend("invoice 2")

    def test_a_suspension_whose_reason_is_gone_is_dropped(self, panel: FakePanel) -> None:
        """S8: asked again before anybody is switched off."""
        provisioning.register_suspension_check("overdue", lambda _, args: args["invoice"] != 7)
        for invoice, state in ((7, "active"), (8, "suspended")):
            service = on_panel("active")
            provisioning.request_suspension(
                service=service, suspension_reason="overdue", invoice_id=invoice, ctx=CTX
            )
            run_all_jobs(LATER)
            service.refresh_from_db()
            assert service.status == state

    def test_cancellation_ends_the_service_and_a_job_removes_the_account(
        self, panel: FakePanel
    ) -> None:
        service = on_panel("active")
        provisioning.request_cancellation(service=service, ctx=CTX)
        assert service.status == "cancelled"
        run_all_jobs(LATER)
        assert (panel.calls, states()) == (["terminate"], {"service.terminate": "succeeded"})

    def test_a_second_suspension_drops_a_resumption_that_waits(self, panel: FakePanel) -> None:
        service = on_panel("active")
        provisioning.request_suspension(service=service, suspension_reason="staff", ctx=CTX)
        run_all_jobs(LATER)
        provisioning.request_resumption(service=service, ctx=CTX)
        assert provisioning.request_suspension(service=service, suspension_reason="abuse", ctx=CTX)
        run_all_jobs(LATER)
        service.refresh_from_db()
        assert service.status == "suspended"

    @pytest.mark.parametrize("act", ["suspension", "termination"])
    def test_runs_before_the_worker_came_once_dropped_what_the_first_had_asked_for(
        self, panel: FakePanel, act: str
    ) -> None:
        """R10: the second run of a day dropped the job, and could not make it again under the same cause."""
        service = on_panel("active" if act == "suspension" else "suspended")
        request = {
            "suspension": provisioning.request_suspension,
            "termination": provisioning.request_termination,
        }[act]

        def ask() -> bool:
            return request(
                service=service,
                suspension_reason="staff",
                idempotency_key="suspension of today",
                ctx=CTX,
            )

        assert [ask() for _ in range(3)] == [True, False, False]
        revision = Client.objects.get(pk=service.client_id).revision
        assert not ask()
        assert Client.objects.get(pk=service.client_id).revision == revision
        run_all_jobs(LATER)
        service.refresh_from_db()
        assert service.status == {"suspension": "suspended", "termination": "terminated"}[act]

    def test_a_state_that_somebody_else_reached_first(self, panel: FakePanel) -> None:
        """The answer came, but the service has ended meanwhile: nothing is written, the job is dropped next time."""
        service = on_panel("active")
        provisioning.request_suspension(service=service, suspension_reason="staff", ctx=CTX)
        panel.meanwhile = lambda: cancel_service(
            service=Service.objects.get(pk=service.pk), ctx=CTX
        )
        run_all_jobs(LATER, failing=True)
        assert job("service.suspend").status == "waiting"
        panel.meanwhile = None
        run_all_jobs(LATER + timedelta(minutes=5))
        assert job("service.suspend").status == "dropped"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (ModuleOutcome.ALREADY, "succeeded"),
        (ModuleOutcome.RETRY, "waiting"),
        (ModuleOutcome.SILENT, "waiting"),
        (ModuleOutcome.UNDER_WAY, "waiting"),
        (ModuleOutcome.REFUSED, "parked"),
        (ModuleOutcome.NOT_FOUND, "parked"),
        (ModuleOutcome.MANUAL, "parked"),
    ],
)
def test_the_answers_of_a_module_are_told_apart(
    panel: FakePanel, outcome: ModuleOutcome, status: str
) -> None:
    service = on_panel("active")
    panel.says(outcome)
    provisioning.request_suspension(service=service, suspension_reason="staff", ctx=CTX)
    run_all_jobs(LATER, failing=True)
    assert job("service.suspend").status == status
