"""Servers day by day: credentials, drift, usage, and those that fill up."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from commerce.audit.models import AuditEntry
from commerce.config import encrypted_data
from commerce.hosting.actions.drift import request_comparison
from commerce.hosting.actions.server_settings import reencrypt_servers
from commerce.hosting.actions.servers import change_server, create_server, delete_server
from commerce.hosting.actions.states import suspend_service
from commerce.hosting.actions.usage import delete_old_usage, record_usage
from commerce.hosting.models import (
    AccountPassword,
    DriftFinding,
    ProvisioningCall,
    Server,
    Service,
    UsageDay,
)
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import (
    AccountState,
    ModuleCapability,
    ModuleOutcome,
    UsageFigure,
    UsageKind,
)
from commerce.hosting.panel_servers import call_log, panel_server_of, read_secrets
from commerce.hosting.server_tests import try_server
from commerce.hosting.steps import ask_servers_daily, warn_of_full_servers
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.remote.calls import CallNote
from commerce.mail.models import OutgoingMail
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from commerce.site_settings.encryption import key_ring
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
def server(panel: FakePanel) -> Server:
    return Server.objects.get(module="fake")


def test_of_a_reading_job_the_calls_that_failed_are_kept(server: Server) -> None:
    keep = call_log(server, job_id=7, only_failed=True)
    for status in (200, 302, 404, 0):
        keep(CallNote(AT, "GET", f"/{status}", "", status, "", 5))
    kept = ProvisioningCall.objects.values_list("path", "job_id").order_by("pk")
    assert list(kept) == [("/404", 7), ("/0", 7)]


class TestCredentials:
    def test_secrets_lie_encrypted_and_are_only_said_to_have_changed(self, server: Server) -> None:
        change_server(server=server, settings={"api_token": "s3cret", "username": "root"}, ctx=CTX)
        server.refresh_from_db()
        assert "s3cret" not in f"{server.secrets}{server.settings}"
        assert read_secrets(server) == {"api_token": "s3cret"}
        seen = panel_server_of(server, registry.module_class(server.module))
        assert (seen.settings, seen.secrets, seen.port) == (
            {"username": "root", "api_token": "s3cret"},
            ("s3cret",),
            2087,
        )
        assert "s3cret" not in repr(seen)
        entry = AuditEntry.objects.filter(action="server.updated").latest("pk")
        assert entry.after == {"username": "root", "api_token": "changed"}
        assert entry.before == {"username": "admin"}

    def test_blank_keeps_a_secret(self, server: Server) -> None:
        change_server(server=server, settings={"api_token": "s3cret"}, ctx=CTX)
        before = server.secrets
        change_server(server=server, settings={"api_token": "", "username": "jane"}, ctx=CTX)
        assert (server.secrets, server.settings) == (before, {"username": "jane"})

    def test_what_is_no_field_of_the_module_is_refused(self, server: Server) -> None:
        with pytest.raises(BusinessError, match="isn't a setting of this module"):
            change_server(server=server, settings={"password": "x"}, ctx=CTX)

    def test_another_module_forgets_the_settings_of_the_last_one(self, server: Server) -> None:
        change_server(server=server, settings={"api_token": "s3cret"}, ctx=CTX)
        change_server(server=server, module="manual", ctx=CTX)
        assert (server.settings, server.secrets) == ({}, "")

    def test_a_server_that_lacks_what_its_module_needs_takes_no_accounts(
        self, panel: FakePanel
    ) -> None:
        token = panel.module.fields[1]
        panel.module.fields = (replace(token, required=True),)
        made = create_server(name="web7", hostname="web7.example", module="fake", ctx=CTX)
        assert not made.is_active
        with pytest.raises(BusinessError, match="API token is required"):
            change_server(server=made, is_active=True, ctx=CTX)
        change_server(server=made, settings={"api_token": "s3cret"}, is_active=True, ctx=CTX)
        assert made.is_active

    def test_a_renewed_ring_reencrypts_them(self, server: Server) -> None:
        change_server(server=server, settings={"api_token": "s3cret"}, ctx=CTX)
        before = server.secrets
        assert reencrypt_servers() == 1
        server.refresh_from_db()
        assert server.secrets != before
        assert read_secrets(server) == {"api_token": "s3cret"}

    def test_a_lost_ring_takes_the_credentials_and_leaves_the_server(
        self, server: Server, settings: Settings
    ) -> None:
        change_server(server=server, settings={"api_token": "s3cret"}, ctx=CTX)
        service = make.make_service(server=server)
        AccountPassword.objects.create(
            service=service, encrypted=key_ring().encrypt("s3cret"), made_at=AT
        )
        settings.COMMERCE_KEY_RING = [Fernet.generate_key().decode()]
        lost = {"server credentials": 1, "account passwords": 1}
        assert encrypted_data.count_undecryptable(check_all=True) == lost
        assert encrypted_data.delete_undecryptable(ctx=CTX) == 2
        server.refresh_from_db()
        assert (server.secrets, server.settings) == ("", {"username": "admin"})
        assert not AccountPassword.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [{"port": 70000}, {"port": -1}, {"fingerprint": "ab:cd"}, {"fingerprint": "z" * 64}],
    )
    def test_a_port_and_a_fingerprint_that_cannot_be(
        self, server: Server, wrong: dict[str, Any]
    ) -> None:
        with pytest.raises(BusinessError) as refused:
            change_server(server=server, **wrong, ctx=CTX)
        assert refused.value.field == next(iter(wrong))

    def test_a_fingerprint_is_read_as_openssl_prints_it(self, server: Server) -> None:
        change_server(server=server, fingerprint=":".join(["AB"] * 32), ctx=CTX)
        assert server.fingerprint == "ab" * 32

    def test_a_test_says_what_the_panel_says(self, panel: FakePanel, server: Server) -> None:
        panel.says(ModuleOutcome.OK, "Version 1")
        assert try_server(server=server, ctx=CTX).answer == "Version 1"
        panel.says(ModuleOutcome.SILENT, "no answer: ConnectError")
        with pytest.raises(BusinessError, match="ConnectError"):
            try_server(server=server, ctx=CTX)

    def test_only_a_server_without_services_is_deleted(self, server: Server) -> None:
        service = make.make_service(server=server)
        with pytest.raises(StateConflict, match="without services"):
            delete_server(server=server, ctx=CTX)
        Service.objects.filter(pk=service.pk).update(server=None)
        delete_server(server=server, ctx=CTX)
        assert not Server.objects.filter(pk=server.pk).exists()
        assert AuditEntry.objects.filter(action="server.deleted").exists()


class TestDrift:
    def compare(self, server: Server, days: int = 0) -> list[tuple[str, str, str]]:
        at = AT + timedelta(days=days)
        request_comparison(server=server, ctx=Context(at, SYSTEM))
        run_all_jobs(at)
        rows = DriftFinding.objects.order_by("service_id")
        return [(row.kind, row.local, row.remote) for row in rows]

    @pytest.mark.parametrize("lists", [True, False])
    def test_each_way_to_differ_is_found_and_nothing_is_changed(
        self, panel: FakePanel, server: Server, *, lists: bool
    ) -> None:
        if not lists:
            panel.module.capabilities = frozenset(ModuleCapability) - {ModuleCapability.LIST}
        same, lost, off, still_on, ended, package, gone = (
            make.make_service(status=status)
            for status in (
                *("active", "active", "active", "suspended", "terminated", "active", "terminated"),
            )
        )
        for service in (same, lost, off, still_on, ended, package, gone):
            put_on_panel(service)
            Service.objects.filter(pk=service.pk).update(
                server=server, remote_id=f"own{service.pk}", username=f"user{service.pk}"
            )
            service.refresh_from_db()
            panel.keep(service)
        panel.drop(lost)
        panel.drop(gone)
        panel.keep(off, state=AccountState.OFF)
        panel.keep(package, package="XL")
        type(package.product).objects.filter(pk=package.product_id).update(package="S")
        assert self.compare(server) == [
            ("missing", "active", ""),
            ("suspended", "active", "off"),
            ("running", "suspended", "on"),
            ("alive", "terminated", "on"),
            ("other_package", "S", "XL"),
        ]
        server.refresh_from_db()
        assert server.drift_checked_at == AT
        assert Service.objects.get(pk=lost.pk).status == "active"
        mails = OutgoingMail.objects.filter(event="server_accounts_differ")
        assert [mail.values["count"] for mail in mails] == [5]
        self.compare(server, days=1)
        assert mails.count() == 1
        panel.keep(lost)
        assert next(kind for kind, *_ in self.compare(server, days=2)) == "suspended"

    def test_an_account_with_a_new_owner_is_not_the_old_one_s(
        self, panel: FakePanel, server: Server
    ) -> None:
        old, new = make.make_service(status="terminated"), make.make_service(status="active")
        put_on_panel(new)
        Service.objects.filter(pk__in=[old.pk, new.pk]).update(server=server, remote_id="acme")
        new.refresh_from_db()
        panel.keep(new)
        assert self.compare(server) == []

    def test_a_silent_server_is_asked_again_later(self, panel: FakePanel, server: Server) -> None:
        panel.says(ModuleOutcome.SILENT)
        request_comparison(server=server, ctx=CTX)
        run_all_jobs(AT, failing=True)
        waiting = Job.objects.get(action="server.drift")
        assert (waiting.status, waiting.tries) == ("waiting", 0)

    def on(self, server: Server) -> Service:
        service = make.make_service()
        put_on_panel(service)
        Service.objects.filter(pk=service.pk).update(server=server)
        return Service.objects.get(pk=service.pk)

    def test_what_changes_after_the_panel_was_asked_is_no_difference(
        self, panel: FakePanel, server: Server
    ) -> None:
        service = self.on(server)
        panel.keep(service)

        def suspend() -> None:
            panel.meanwhile = None
            ctx = Context(AT + timedelta(seconds=1), SYSTEM)
            suspend_service(service=service, suspension_reason="staff", ctx=ctx)

        panel.meanwhile = suspend
        assert self.compare(server) == []
        assert self.compare(server, days=1) == [("running", "suspended", "on")]

    @pytest.mark.parametrize("started", [-1, 1])
    def test_what_a_job_does_while_the_panel_is_asked_is_no_difference(
        self, panel: FakePanel, server: Server, started: int
    ) -> None:
        """A job is ended as of the instant at which it started."""
        service = self.on(server)
        panel.keep(service, state=AccountState.OFF)
        at = AT + timedelta(seconds=started)
        job = Job(
            subject_kind="service",
            subject_id=service.pk,
            action="service.resume",
            idempotency_key="1",
            one_at_a_time=True,
            status="running",
            claim="1",
            lease_until=AT + timedelta(hours=1),
            created_at=at,
        )
        if started < 0:
            job.save()

        def end() -> None:
            panel.meanwhile = None
            job.status, job.ended_at = "succeeded", at
            job.save()

        panel.meanwhile = end
        assert self.compare(server) == []
        assert self.compare(server, days=1) == [("suspended", "active", "off")]

    def test_a_server_by_hand_has_nobody_to_ask(self) -> None:
        with pytest.raises(BusinessError, match="managed by hand"):
            request_comparison(server=make.make_server(), ctx=CTX)


class TestDaily:
    def daily(self, days: int = 0) -> StepReport:
        day = RunDay((AT + timedelta(days=days)).date(), AT + timedelta(days=days))
        report = StepReport("ask-servers", "asks servers")
        ask_servers_daily(day, report)
        return report

    def test_usage_is_kept_and_drift_looked_for_each_day(
        self, panel: FakePanel, server: Server
    ) -> None:
        make.make_server()  # by hand: nobody is asked
        service = make.make_service()
        put_on_panel(service)
        for day in range(9):
            self.daily(day)
            self.daily(day)
            run_all_jobs(AT + timedelta(days=day))
        kept = UsageDay.objects.filter(service=service)
        assert kept.count() == 9
        first = kept.earliest("day")
        assert (first.kind, first.used, first.limit) == ("disk", 1_000, 4_000)
        assert Job.objects.filter(action="server.drift").count() == 9
        assert Job.objects.filter(action="server.usage").count() == 9

    def test_an_account_about_which_a_panel_is_silent_is_left_out(
        self, panel: FakePanel, server: Server
    ) -> None:
        services = [make.make_service() for _ in range(3)]
        for service in services:
            put_on_panel(service)
        for day, hanging in enumerate(services):
            UsageDay.objects.all().delete()
            panel.silent = {hanging.provisioning_key}
            self.daily(day)
            run_all_jobs(AT + timedelta(days=day))
            read = UsageDay.objects.values_list("service_id", flat=True)
            assert set(read) == {each.pk for each in services} - {hanging.pk}
        self.daily(3)  # it is the only one that the first run did not come to
        progress = {"progress": {"after": str(services[1].pk)}}
        Job.objects.filter(action="server.usage", status="queued").update(args=progress)
        run_all_jobs(AT + timedelta(days=3))

    def test_a_panel_that_says_nothing_at_all_is_asked_again_and_nothing_is_left_out(
        self, panel: FakePanel, server: Server
    ) -> None:
        for number in (1, 3):
            services = [make.make_service() for _ in range(number)]
            for service in services:
                put_on_panel(service)
            panel.silent = {each.provisioning_key for each in Service.objects.all()}
            self.daily(number)
            run_all_jobs(AT + timedelta(days=number), failing=True)
            waiting = Job.objects.filter(action="server.usage").latest("pk")
            assert (waiting.status, waiting.tries) == ("waiting", 0)
            panel.silent = set()
            run_all_jobs(AT + timedelta(days=number, minutes=1))
            read = UsageDay.objects.values("service").distinct().count()
            assert read == Service.objects.count()

    def test_a_second_look_replaces_that_of_the_same_day(self, panel: FakePanel) -> None:
        service = make.make_service()
        for used in (5, 7):
            record_usage(
                service=service, figures=[UsageFigure(UsageKind.MAILBOXES, used, None)], ctx=CTX
            )
        assert [day.used for day in UsageDay.objects.all()] == [7]

    def test_usage_is_forgotten_after_13_months(self) -> None:
        record_usage(
            service=make.make_service(), figures=[UsageFigure(UsageKind.DISK, 1, 2)], ctx=CTX
        )
        day = AT.date()
        assert delete_old_usage(day=day.replace(year=day.year + 1)) == 0
        assert delete_old_usage(day=day + timedelta(days=400)) == 1

    def test_staff_hear_of_servers_that_fill_up(self) -> None:
        full, roomy = make.make_server(max_accounts=2), make.make_server(max_accounts=3)
        make.make_server()  # without a limit
        for server in (full, full, roomy, roomy):
            make.make_service(server=server)

        def warn(days: int) -> list[str]:
            at = AT + timedelta(days=days)
            warn_of_full_servers(RunDay(at.date(), at), StepReport("full-servers", "warns"))
            mail = OutgoingMail.objects.filter(event="servers_nearly_full").latest("pk")
            return list(mail.values["waiting"])

        assert warn(0) == [f"{full.name}: 2 / 2"]
        set_setting(key="servers.capacity_warning_percent", value="60", ctx=CTX)
        assert warn(1) == [f"{full.name}: 2 / 2", f"{roomy.name}: 2 / 3"]
