"""`/admin/registrars/<id>/domains`, and settings of a registrar that are tried first (domains.md 4 and 6)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.domains.actions.sync_requests import request_syncs
from commerce.domains.models import Domain
from commerce.domains.registration import request_renewal
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.current import get_setting
from tests import make
from tests.backoffice.settings.test_setting_pages import sent
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.registered_names import make_domain_at
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db
SETTINGS, PAGE = "/admin/registrars/remote", "/admin/registrars/remote/domains"


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry, clock.freeze_time(make.AT):
        client = make.make_client()
        for n in range(6):
            make_domain_at(registry, client, domain_name=f"name-{n}.com")
        yield registry


def ask_all(days: int) -> None:
    at = make.AT + timedelta(days=days, hours=-1)
    request_syncs(domains=Domain.objects.all(), ctx=Context(at, SYSTEM))
    run_all_jobs(at)


def test_another_account_is_shown_before_it_is_kept(
    remote: RemoteRegistry, web: HttpsTestClient
) -> None:
    typed = sent(web, SETTINGS, registrar__remote__account="other")
    assert "confirmed" not in web.get(SETTINGS).text
    refused = web.post(SETTINGS, typed)
    assert refused.status_code == 422
    assert "has 0 of 6 domains" in text_of(refused)
    assert 'name="confirmed"' in refused.text
    assert get_setting("registrar.remote.account") == ""
    web.post(SETTINGS, typed | {"confirmed": "on"})
    assert get_setting("registrar.remote.account") == "other"


def test_one_press_asks_again_and_another_ends_what_is_gone(
    remote: RemoteRegistry, web: HttpsTestClient
) -> None:
    there = dict(remote.names)
    remote.names.clear()
    ask_all(0)
    shown = text_of(web.get(PAGE))
    assert "none of them ends" in shown
    assert "doesn't have 6 domains of 6" in shown
    assert "6 domains missing at" in text_of(web.get("/admin/dashboard"))
    assert "none of them ends" in text_of(web.get(SETTINGS))
    remote.names |= {name: there[name] for name in list(there)[:4]}
    assert "6 domains" in text_of(web.post(PAGE, {"act": "ask"}, follow=True))
    run_all_jobs(make.AT + timedelta(hours=1))
    shown = text_of(web.get(PAGE))
    assert "none of them ends" not in shown
    gone = Domain.objects.filter(domain_name__in=["name-4.com", "name-5.com"])
    keys = [one.pk for one in gone]
    assert "reason" in text_of(web.post(PAGE, {"act": "end", "domain": keys}, follow=True))
    post = {"act": "end", "domain": [*keys, 10**6, "x"], "reason": "They left."}
    assert "2 domains ended." in text_of(web.post(PAGE, post, follow=True))
    assert {one.status for one in gone.all()} == {"transferred_away"}
    assert "Choose at least one" in text_of(web.post(PAGE, {"act": "back"}, follow=True))
    remote.names |= there
    back = {"act": "back", "domain": keys, "reason": "They did not."}
    assert "2 domains come back" in text_of(web.post(PAGE, back, follow=True))
    run_all_jobs(make.AT + timedelta(hours=1))
    assert {one.status for one in gone.all()} == {"active"}
    assert web.post(PAGE, {"act": "dance"}).status_code == 404


def test_one_name_is_brought_back_on_its_page(remote: RemoteRegistry, web: HttpsTestClient) -> None:
    domain = Domain.objects.get(domain_name="name-1.com")
    found = remote.names.pop(domain.domain_name)
    for day in (0, 1):
        ask_all(day)
    page = f"/admin/domains/{domain.pk}/bring-back"
    refused = send(web, page, reason="It is ours.")
    assert "doesn't have name-1.com" in text_of(refused)
    remote.names[domain.domain_name] = found
    send(web, page, reason="It is ours.")
    domain.refresh_from_db()
    assert (domain.status, domain.auto_renew) == ("active", True)


def test_all_jobs_that_failed_there_are_retried_at_once(
    remote: RemoteRegistry, web: HttpsTestClient
) -> None:
    remote.refuses = True
    for domain in Domain.objects.all():
        request_renewal(domain=domain, idempotency_key="1", ctx=Context(make.AT, SYSTEM))
    run_all_jobs(make.AT, failing=True)
    assert Job.objects.filter(status="parked").count() == 6
    remote.refuses = False
    assert "6 jobs need attention" in text_of(web.get(PAGE))
    assert "6 jobs are queued." in text_of(web.post(PAGE, {"act": "retry"}, follow=True))
    run_all_jobs(make.AT)
    assert len(remote.bought("renew")) == 6


def test_whoever_may_only_look_presses_nothing(remote: RemoteRegistry) -> None:
    remote.names.clear()
    ask_all(0)
    billing = make_staff("support", "ivy@example.com", permissions=["domains.view"])
    browser = staff_browser(billing)
    shown = browser.get(PAGE).text
    assert "name-1.com" in shown
    assert 'name="act" value="ask"' not in shown
    assert 'type="checkbox"' not in shown
    assert browser.post(PAGE, {"act": "ask"}).status_code == 403
    assert browser.get("/admin/registrars/none/domains").status_code == 404
