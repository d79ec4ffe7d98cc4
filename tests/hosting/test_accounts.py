"""An account at a panel: its name and password, what members and staff ask of it, and what is kept of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from commerce.audit.models import AuditEntry
from commerce.hosting import account_requests, provisioning
from commerce.hosting.account_requests import leads_to
from commerce.hosting.actions.passwords import forget_old_passwords, reveal_password
from commerce.hosting.actions.pricing import change_service_plan
from commerce.hosting.models import AccountInfo, AccountPassword, ProvisioningCall, Server, Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleCapability, ModuleOutcome, PowerAction
from commerce.hosting.panel_servers import call_log
from commerce.jobs.models import Job
from commerce.jobs.remote_calls import delete_old_calls
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.remote.calls import CallNote
from commerce.kit.remote.http import NoAnswerError
from commerce.mail.models import OutgoingMail
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


def ordered(domain: str = "acme.example", **over: Any) -> Service:
    """A pending service whose account is asked for."""
    service = make.make_service(status="pending", domain=domain, **over)
    put_on_panel(service)
    provisioning.request_creation(service=service, idempotency_key=f"{service.pk}", ctx=CTX)
    return service


def running(status: str = "active") -> Service:
    service = make.make_service(status=status)
    put_on_panel(service)
    return service


def job(action: str) -> Job:
    return Job.objects.filter(action=action).latest("id")


def run(minutes: int = 0, *, failing: bool = False) -> None:
    run_all_jobs(AT + timedelta(minutes=minutes), failing=failing)


class TestMaking:
    def test_its_name_and_server_are_settled_before_the_panel_is_asked(
        self, panel: FakePanel
    ) -> None:
        panel.says(ModuleOutcome.SILENT)
        service = ordered()
        run(failing=True)
        service.refresh_from_db()
        assert (service.status, service.username) == ("pending", "acme")
        assert service.server == Server.objects.get(module="fake")

    def test_two_of_one_name_are_told_apart_by_digits(self, panel: FakePanel) -> None:
        both = [ordered(), ordered("acme.test")]
        run()
        assert [Service.objects.get(pk=each.pk).username for each in both] == ["acme", "acme2"]

    def test_every_try_gives_the_same_password_and_a_member_reads_it_once(
        self, panel: FakePanel
    ) -> None:
        service = ordered()
        panel.says(ModuleOutcome.RETRY)
        run(failing=True)
        first = panel.passwords[service.provisioning_key]
        with pytest.raises(StateConflict):
            reveal_password(service=service, ctx=CTX)
        panel.says(ModuleOutcome.OK)
        run(2)
        assert panel.passwords[service.provisioning_key] == first
        stored = AccountPassword.objects.get()
        assert first not in stored.encrypted
        assert reveal_password(service=service, ctx=CTX) == first
        with pytest.raises(BusinessError, match="already been shown"):
            reveal_password(service=service, ctx=CTX)
        entry = AuditEntry.objects.get(action="service.password_revealed")
        assert first not in f"{entry.before}{entry.after}"
        assert not Job.objects.filter(args__icontains=first).exists()

    def test_an_account_that_was_there_has_not_the_password_that_was_made_now(
        self, panel: FakePanel
    ) -> None:
        service = ordered()
        run()
        Service.objects.filter(pk=service.pk).update(
            status="pending", remote_id="", next_due_date=AT.date()
        )
        AccountPassword.objects.all().delete()
        provisioning.request_creation(service=service, idempotency_key="again", ctx=CTX)
        run(1)
        service.refresh_from_db()
        assert (service.status, service.remote_id, panel.calls) == ("active", "1", ["create"])
        assert not AccountPassword.objects.exists()

    def test_what_nobody_has_read_is_forgotten_after_14_days(self, panel: FakePanel) -> None:
        ordered()
        run()
        assert forget_old_passwords(at=AT + timedelta(days=14)) == 0
        assert forget_old_passwords(at=AT + timedelta(days=14, seconds=1)) == 1

    def test_without_a_free_server_it_waits_for_seven_days_and_staff_are_told_once(
        self, panel: FakePanel
    ) -> None:
        Server.objects.update(is_active=False)
        service = ordered()
        for hour in range(3):
            run(hour * 60, failing=True)
        waiting = job("service.create")
        assert (waiting.status, waiting.tries) == ("waiting", 0)
        assert waiting.error.startswith("no_capacity")
        assert OutgoingMail.objects.filter(event="service_without_server").count() == 1
        Server.objects.update(is_active=True)
        run(3 * 60)
        service.refresh_from_db()
        assert service.status == "active"

    def test_after_seven_days_without_a_server_it_parks(self, panel: FakePanel) -> None:
        Server.objects.update(is_active=False)
        ordered()
        run(failing=True)
        run(7 * 24 * 60, failing=True)
        assert job("service.create").status == "parked"

    def test_how_far_a_panel_is_goes_into_the_next_question(self, panel: FakePanel) -> None:
        service = ordered()
        panel.answer = replace(panel.answer, outcome=ModuleOutcome.UNDER_WAY, data={"task": "7"})
        run(failing=True)
        waiting = job("service.create")
        assert (waiting.status, waiting.tries) == ("waiting", 0)
        assert waiting.args["progress"] == {"task": "7"}
        panel.says(ModuleOutcome.OK)
        run(1)
        service.refresh_from_db()
        assert service.status == "active"

    def test_a_failed_task_is_begun_anew_by_staff(self, panel: FakePanel) -> None:
        service = ordered()
        panel.answer = replace(panel.answer, outcome=ModuleOutcome.UNDER_WAY, data={"task": "7"})
        run(failing=True)
        panel.says(ModuleOutcome.REFUSED, "The task failed.")
        run(1, failing=True)
        assert job("service.create").args["progress"] == {}
        panel.says(ModuleOutcome.OK)
        account_requests.request_account(service=service, ctx=CTX)
        run(2)
        service.refresh_from_db()
        assert (service.status, Job.objects.filter(action="service.create").count()) == (
            "active",
            1,
        )

    def test_a_task_that_failed_is_not_looked_at_again(self, panel: FakePanel) -> None:
        service, going = ordered(), {"task": "7", "number": "3"}
        panel.answer = replace(panel.answer, outcome=ModuleOutcome.UNDER_WAY, data=going)
        run(failing=True)
        panel.says(ModuleOutcome.RETRY, "The task failed.")
        run(1, failing=True)
        waiting = job("service.create")
        assert (waiting.status, waiting.tries) == ("waiting", 1)
        assert waiting.args["progress"] == {"number": "3"}
        panel.says(ModuleOutcome.OK)
        run(10)
        service.refresh_from_db()
        assert service.status == "active"

    def test_an_active_service_without_an_account_gets_one(self, panel: FakePanel) -> None:
        service = running()
        with pytest.raises(StateConflict):
            account_requests.request_account(service=service, ctx=CTX)
        Service.objects.filter(pk=service.pk).update(remote_id="", username="", server=None)
        due = service.next_due_date
        account_requests.request_account(service=service, ctx=CTX)
        run()
        service.refresh_from_db()
        assert (service.status, service.remote_id, service.next_due_date) == ("active", "1", due)

    def test_one_that_was_cancelled_while_it_was_made_is_removed(self, panel: FakePanel) -> None:
        service = ordered()

        def cancel() -> None:
            panel.meanwhile = None
            provisioning.request_cancellation(service=service, ctx=CTX)

        panel.meanwhile = cancel
        run(failing=True)
        run(5)
        service.refresh_from_db()
        assert (service.status, panel.remote) == ("cancelled", {})
        assert panel.calls == ["create", "terminate"]

    def test_one_whose_answer_was_lost_is_removed_when_it_is_cancelled(
        self, panel: FakePanel
    ) -> None:
        service = ordered()

        def lose_answer() -> None:
            panel.keep(Service.objects.get(pk=service.pk))
            raise NoAnswerError("no answer: ReadTimeout")

        panel.meanwhile = lose_answer
        run(failing=True)
        assert len(panel.remote) == 1
        panel.meanwhile = None
        provisioning.request_cancellation(service=service, ctx=CTX)
        run(5)
        assert (panel.remote, panel.calls) == ({}, ["create", "terminate"])


class TestActs:
    def test_a_new_password_is_read_once_when_it_is_set(self, panel: FakePanel) -> None:
        service = running()
        account_requests.request_new_password(service=service, ctx=CTX)
        with pytest.raises(BusinessError, match="under way"):
            account_requests.request_new_password(service=service, ctx=CTX)
        panel.says(ModuleOutcome.RETRY)
        run(failing=True)
        with pytest.raises(BusinessError):
            reveal_password(service=service, ctx=CTX)
        panel.says(ModuleOutcome.OK)
        run(2)
        shown = reveal_password(service=service, ctx=CTX)
        assert panel.passwords == {service.provisioning_key: shown}

    def test_another_plan_is_another_package(self, panel: FakePanel) -> None:
        service = running()
        other = make.make_product(module="fake", package="L")
        for _ in range(2):
            change_service_plan(
                service=service,
                product=other,
                billing_cycle=service.billing_cycle,
                amount=900,
                options=[],
                price_parts={},
                ctx=CTX,
            )
            run()
        assert panel.calls == ["change_package"]
        assert panel.remote[service.provisioning_key].package == "L"

    def test_other_options_are_told_to_the_panel(self, panel: FakePanel) -> None:
        service = running()
        change_service_plan(
            service=service,
            product=service.product,
            billing_cycle=service.billing_cycle,
            amount=900,
            options=[{"name": "Disk", "value": "20", "amount": 100}],
            price_parts={},
            ctx=CTX,
        )
        run()
        assert panel.calls == ["change_package"]

    def test_power_ends_with_what_the_panel_says_of_the_account(self, panel: FakePanel) -> None:
        service = running()
        account_requests.request_power(service=service, power=PowerAction.REBOOT, ctx=CTX)
        run()
        assert panel.calls == ["reboot"]
        assert AccountInfo.objects.get(service=service).state == "on"

    def test_a_reinstalled_machine_has_a_new_password_and_maybe_another_id(
        self, panel: FakePanel
    ) -> None:
        service = running()
        account_requests.request_reinstall(service=service, ctx=CTX)
        run()
        shown = reveal_password(service=service, ctx=CTX)
        assert panel.passwords == {service.provisioning_key: shown}

    def test_refresh_changes_nothing_but_what_is_known(self, panel: FakePanel) -> None:
        service = running()
        account_requests.request_refresh(service=service, ctx=CTX)
        run()
        service.refresh_from_db()
        assert (service.status, panel.calls) == ("active", [])
        assert AccountInfo.objects.get(service=service).checked_at == AT

    def test_what_a_panel_cannot_do_is_refused(self, panel: FakePanel) -> None:
        panel.module.capabilities = frozenset({ModuleCapability.FIND})
        service = running()
        acts: list[Any] = [
            lambda: account_requests.request_new_password(service=service, ctx=CTX),
            lambda: account_requests.request_reinstall(service=service, ctx=CTX),
            lambda: account_requests.panel_sign_in_url(service=service, ctx=CTX),
        ]
        for act in acts:
            with pytest.raises(BusinessError, match="can't do that"):
                act()
        assert not Job.objects.filter(action__startswith="service.").exists()

    def test_a_suspended_service_has_no_acts(self, panel: FakePanel) -> None:
        service = running("suspended")
        with pytest.raises(StateConflict):
            account_requests.request_new_password(service=service, ctx=CTX)
        with pytest.raises(StateConflict):
            account_requests.panel_sign_in_url(service=service, ctx=CTX)


class TestSigningIn:
    def test_a_link_is_made_at_once_and_audited_without_it(self, panel: FakePanel) -> None:
        service = running()
        url = account_requests.panel_sign_in_url(service=service, ctx=CTX)
        server = Server.objects.get(pk=service.server_id)
        assert url == f"https://{server.hostname}:2087/session"
        entry = AuditEntry.objects.get(action="service.panel_opened")
        assert (entry.client_id, entry.after) == (service.client_id, {})

    @pytest.mark.parametrize(
        ("url", "leads"),
        [
            ("https://web.example.net:2083/cpsess1", True),
            ("https://WEB.example.net./x", True),
            ("https://panel.example.org/x", True),
            ("http://web.example.net/x", False),
            ("https://evil.example/x", False),
            ("https://web.example.net@evil.example/", False),
            ("https://web.example.net.evil.example/", False),
            ("javascript:alert(1)//web.example.net", False),
            ("//web.example.net/x", False),
            ("https://[", False),
            ("", False),
        ],
    )
    def test_only_a_link_to_the_server_itself_is_followed(self, url: str, *, leads: bool) -> None:
        server = Server(hostname="web.example.net", panel_url="https://panel.example.org:2083")
        assert leads_to(server, url) is leads

    def test_a_link_elsewhere_is_given_to_nobody(self, panel: FakePanel) -> None:
        service = running()
        panel.url = "https://evil.example/session"
        with pytest.raises(BusinessError):
            account_requests.panel_sign_in_url(service=service, ctx=CTX)
        assert not AuditEntry.objects.filter(action="service.panel_opened").exists()


class TestLog:
    def test_a_call_is_kept_with_its_job_and_cannot_be_changed(self) -> None:
        server = make.make_server()
        call_log(server, service_id=5, job_id=7)(
            CallNote(AT, "POST", "/json-api/createacct", "a\x00b", 200, "ok", 12)
        )
        kept = ProvisioningCall.objects.get()
        assert (kept.server_id, kept.service_id, kept.job_id) == (server.pk, 5, 7)
        assert "\x00" not in kept.request
        with pytest.raises(DatabaseError), transaction.atomic():
            ProvisioningCall.objects.update(answer="other")
        with pytest.raises(DatabaseError), transaction.atomic():
            kept.delete()

    def test_retention_deletes_it(self) -> None:
        call_log(make.make_server())(CallNote(AT, "GET", "/", "", 0, "no answer", 5000))
        assert delete_old_calls(ProvisioningCall, before=AT) == 0
        assert delete_old_calls(ProvisioningCall, before=AT + timedelta(seconds=1)) == 1
