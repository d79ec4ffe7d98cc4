"""Calls to registrars and name servers on the records that they are about (domains.md 6)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, transaction

from commerce.cli.root import commerce
from commerce.db.triggers import allow_retention
from commerce.domains.actions.sync_requests import request_sync
from commerce.domains.models import Domain
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.jobs.models import Job, RemoteCall
from commerce.jobs.remote_calls import delete_old_calls, erase_calls_about
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.domains.registrars.opensrs_side import OpenSrsSide, opensrs_side
from tests.doubles.opensrs.server import PRIVATE_KEY, USERNAME
from tests.make.jobs import run_all_jobs
from tests.make.staff import staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    """A name that a real adapter is asked about over HTTP."""
    with opensrs_side() as side, clock.freeze_time(make.AT):
        monkeypatch.setitem(REGISTRAR_CLASSES, "opensrs", type(side.registrar()))
        for field, value in (("username", USERNAME), ("private_key", PRIVATE_KEY)):
            set_setting(key=f"registrar.opensrs.{field}", value=value, ctx=CTX)
        made = make.make_domain()
        Domain.objects.filter(pk=made.pk).update(registrar="opensrs")
        _hold(side, made)
        yield Domain.objects.get(pk=made.pk)


def _hold(side: OpenSrsSide, domain: Domain) -> None:
    assert domain.expiry_date
    side.account.hold(domain.domain_name, domain.expiry_date, nameservers=domain.nameservers)


def test_what_a_job_asked_and_heard_stands_on_the_record_and_nobody_changes_it(
    domain: Domain,
) -> None:
    request_sync(domain=domain, ctx=CTX)
    run_all_jobs()
    job = Job.objects.get(action="domain.sync")
    calls = RemoteCall.objects.filter(about=domain.domain_name, remote="registrar opensrs")
    assert {call.job_id for call in calls} == {job.pk}
    assert calls.filter(request__contains="BELONGS_TO_RSP", status=200).exists()
    assert PRIVATE_KEY not in str(list(calls.values()))
    web = staff_browser()
    for page in (f"/admin/domains/{domain.pk}", f"/admin/jobs/{job.pk}"):
        assert "Calls to registrar and DNS server" in text_of(web.get(page))
        assert f"/admin/registrar-calls/{calls[0].pk}" in web.get(page).text
    found = web.get(f"/admin/registrar-calls/{calls[0].pk}")
    assert "OPS_envelope" in found.text
    assert "/admin/registrar-calls?remote=" in web.get("/admin/registrars/opensrs/domains").text
    done = CliRunner().invoke(commerce, ["domain", "calls", domain.domain_name, "--json"])
    assert done.output.count('"call": "POST /') == calls.count()
    with pytest.raises(DatabaseError), transaction.atomic():
        calls.update(answer="other")


def test_calls_are_forgotten_with_the_days_of_the_setting_and_emptied_with_their_client(
    domain: Domain,
) -> None:
    request_sync(domain=domain, ctx=CTX)
    run_all_jobs()
    number = RemoteCall.objects.count()
    assert delete_old_calls(RemoteCall, before=make.AT) == 0
    with transaction.atomic(), allow_retention():
        assert erase_calls_about([domain.domain_name], "erased") == number
    assert delete_old_calls(RemoteCall, before=make.AT + timedelta(days=1)) == number
