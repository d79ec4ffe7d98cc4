"""Staff act for a client: how it begins and ends, what it reads and writes, and all that it is refused (X15)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from commerce.accounts.actions.clients import close_client
from commerce.accounts.models import Client, Staff
from commerce.audit.models import AuditEntry
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient
from tests.make.people import AT, PASSWORD
from tests.make.records import make_domain, make_service
from tests.make.staff import make_staff, staff_browser, take_permissions
from tests.portal.base.test_foreign_ids import address, everything
from tests.portal.base.test_tenancy import DOMAIN_ACTS, FORMS, OWN, ZONE_ACTS
from tests.portal.base.test_tenancy import everything as rows
from tests.portal.conftest import PortalCast, make_cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

ALLOWED = {
    "client/services/<int:pk>/rename",
    "client/services/<int:pk>/cancel",
    "client/cancellations/<int:pk>/withdraw",
    "client/services/<int:pk>/power",
    "client/plan-changes/<int:pk>/withdraw",
    "client/domains/bulk",
    "client/domains/nameservers",
    "client/zones",
    "client/zones/<int:pk>",
    *(f"client/domains/<int:pk>/{act}" for act in DOMAIN_ACTS),
    *(f"client/zones/<int:pk>/{act}" for act in ZONE_ACTS),
}
"""What staff may send for a client: acts on services and domains, and none that pays, orders or reveals."""

OF_SERVICES_AND_DOMAINS = (
    *("client/services", "client/cancellations", "client/plan-"),
    *("client/domains", "client/zones"),
)

SPENDS_CREDIT = {
    "client/services/<int:pk>/upgrade",
    "client/domains/<int:pk>/renew",
    "client/domains/<int:pk>/restore",
}
"""What issues an invoice, to which credit is applied."""

CLOSED_TO_READ = {
    "client/domains/<int:pk>/authorization-code",
    "client/data/export",
    "client/data/erase",
    "client/data/exports/<int:pk>",
    "client/data",
}
ELSEWHERE = ("client/security", "client/notifications")
"""Pages about a person: whose would they be?"""

OPEN_SHOP = ("store/starter", "cart", "checkout", "cart/promo", "domains", "domain-search")


ACTS = ["clients.view", "clients.impersonate", "services.manage"]


@pytest.fixture
def _still() -> Iterator[None]:
    with clock.freeze_time(AT):
        yield


@pytest.fixture
def cast() -> PortalCast:
    return make_cast()


def acting(
    client: Client, staff: Staff | None = None, reason: str = "They called"
) -> HttpsTestClient:
    """A browser of staff who act for a client."""
    web = staff_browser(staff or make_staff())
    sent = {"reason": reason, "password": PASSWORD}
    answer = web.post(f"/admin/login-as-client/{client.pk}", sent)
    assert (answer.status_code, answer["Location"]) == (303, "/client/dashboard"), answer.content
    return web


def ends_recorded(client: Client) -> list[int | None]:
    """Of which staff the audit log has the end, each with both ids."""
    ends = AuditEntry.objects.filter(
        action="client.impersonation_ended",
        actor_kind="staff",
        client_id=client.pk,
        for_client_id=client.pk,
    )
    return [one.actor_id for one in ends.order_by("pk")]


def test_it_takes_a_reason_and_the_password_and_the_permission(cast: PortalCast) -> None:
    path = f"/admin/login-as-client/{cast.client.pk}"
    web = staff_browser(make_staff())
    assert web.get(path).status_code == 200
    assert web.post(path, {"reason": "", "password": PASSWORD}).status_code == 422
    with clock.freeze_time(AT + timedelta(minutes=10)):
        sent = {"reason": "They called", "password": "wrong"}
        assert web.post(path, sent).status_code == 422
    assert not AuditEntry.objects.filter(action="client.impersonation_started").exists()
    support = make_staff("support")
    assert (
        staff_browser(support).post(path, {"reason": "x", "password": PASSWORD}).status_code == 403
    )
    assert cast.browse(cast.alice).post(path, {"reason": "x"}).status_code in (302, 303)


def test_a_closed_client_is_not_acted_for(cast: PortalCast) -> None:
    close_client(client=cast.client, reason="gone", ctx=Context(AT, SYSTEM))
    path = f"/admin/login-as-client/{cast.client.pk}"
    sent = {"reason": "They called", "password": PASSWORD}
    assert staff_browser().post(path, sent).status_code == 422


def test_staff_read_as_the_owner_under_a_bar_that_names_both(cast: PortalCast) -> None:
    staff = make_staff()
    web = acting(cast.client, staff)
    for path in (
        "/client/dashboard",
        "/client/invoices",
        "/client/members",
        "/client/profile",
        "/store",
    ):
        page = web.get(path)
        assert page.status_code == 200, path
        text = page.content.decode()
        assert staff.user.email in text
        assert "/client/return-to-admin" in text


def test_a_change_names_the_staff_person_and_the_client(cast: PortalCast) -> None:
    staff = make_staff()
    service = make_service(cast.client)
    web = acting(cast.client, staff)
    sent = {"label": "Changed"}
    assert web.post(f"/client/services/{service.pk}/rename", sent).status_code == 303
    assert Service.objects.get(pk=service.pk).label == "Changed"
    entry = AuditEntry.objects.get(action="service.renamed")
    assert (entry.actor_kind, entry.actor_id) == ("staff", staff.pk)
    assert (entry.for_client_id, entry.client_id) == (cast.client.pk, cast.client.pk)


def test_a_change_takes_the_staff_persons_own_permission(cast: PortalCast) -> None:
    staff = make_staff(
        "support", permissions=["clients.view", "clients.impersonate", "domains.manage"]
    )
    service = make_service(cast.client)
    web = acting(cast.client, staff)
    assert web.get(f"/client/services/{service.pk}").status_code == 200
    sent = {"label": "Changed"}
    assert web.post(f"/client/services/{service.pk}/rename", sent).status_code == 403


@pytest.mark.usefixtures("cast")
def test_x15_each_other_act_is_refused_by_url_and_by_body(cast: PortalCast) -> None:
    ids = everything(cast.client, cast.alice)
    web = acting(cast.client)
    before = rows()
    refused = [one for one in OWN if one not in ALLOWED and one != "client/return-to-admin"]
    anything = {key: {"password": PASSWORD, "act": "x", "confirm": "1"} for key in refused}
    for sent in (FORMS, anything):
        for route in refused:
            answer = web.post(address(route, ids), sent.get(route, {}))
            assert answer.status_code in (403, 404, 405), (route, answer.status_code)
        # Once for all of them: no act undoes what another one did, since the client's revision only ever rises.
        assert rows() == before
    for path in OPEN_SHOP:
        assert web.post(f"/{path}", {"product": "1"}).status_code in (403, 404, 405), path
    for path in (
        "/client/login",
        "/register",
        "/client/logout",
        "/client/forgot-password",
        "/client/switch",
    ):
        assert (
            web.post(path, {"email": "x@example.com", "password": PASSWORD}).status_code == 403
        ), path


def test_secrets_exports_and_pages_about_a_person_are_not_read(cast: PortalCast) -> None:
    ids = everything(cast.client, cast.alice)
    web = acting(cast.client)
    own = [route for route in OWN if route.startswith(ELSEWHERE) and "<" not in route]
    for route in [*own, *(one for one in CLOSED_TO_READ if one in OWN)]:
        answer = web.get(address(route, ids))
        assert answer.status_code in (403, 405), route


def test_what_is_allowed_is_all_that_staff_can_do_on_services_and_domains() -> None:
    of_staff = {route for route in OWN if route.startswith(OF_SERVICES_AND_DOMAINS)}
    assert of_staff >= ALLOWED | SPENDS_CREDIT
    assert not ALLOWED & SPENDS_CREDIT


def test_what_uses_credit_is_not_offered(cast: PortalCast) -> None:
    domain, service = make_domain(cast.client), make_service(cast.client)
    for page, act in (
        (f"/client/domains/{domain.pk}", f"/client/domains/{domain.pk}/renew"),
        (f"/client/services/{service.pk}", f"/client/services/{service.pk}/upgrade"),
    ):
        assert f'href="{act}"' in cast.browse(cast.alice).get(page).content.decode()
        web = acting(cast.client)
        assert f'href="{act}"' not in web.get(page).content.decode()
        assert web.get(act).status_code == 200
        assert web.post(act).status_code == 403


@pytest.mark.parametrize("kind", ["immediate", "end_of_period"])
def test_an_end_at_once_takes_the_permission_to_terminate(cast: PortalCast, kind: str) -> None:
    set_setting(key="cancellations.auto_approve", value="on", ctx=Context(AT, SYSTEM))
    service = make_service(cast.client)
    path = f"/client/services/{service.pk}/cancel"
    sent = {"kind": kind, "reason": "They asked", "password": PASSWORD}
    answer = acting(cast.client, make_staff("support", permissions=ACTS)).post(path, sent)
    service.refresh_from_db()
    if kind == "immediate":
        assert (answer.status_code, service.status) == (403, "active")
        may = make_staff("support", permissions=[*ACTS, "services.terminate"])
        answer = acting(cast.client, may).post(path, sent)
        service.refresh_from_db()
        assert service.status in ("cancelled", "terminated")
    assert answer.status_code == 303


def test_the_staff_session_opens_nothing_until_they_return(cast: PortalCast) -> None:
    staff = make_staff()
    web = acting(cast.client, staff)
    assert web.get("/admin/dashboard").status_code == 403
    assert web.get(f"/admin/login-as-client/{cast.foreign.pk}").status_code == 403
    refused = AuditEntry.objects.filter(action="staff.refused", client_id=cast.client.pk)
    assert [(one.actor_id, one.after) for one in refused.order_by("pk")] == [
        (staff.pk, {"page": "GET /admin/dashboard", "why": "impersonation"}),
        (staff.pk, {"page": "GET /admin/login-as-client/<int:pk>", "why": "impersonation"}),
    ]
    back = web.post("/client/return-to-admin")
    assert (back.status_code, back["Location"]) == (303, f"/admin/clients/{cast.client.pk}")
    assert web.get("/admin/dashboard").status_code == 200
    assert web.get("/client/dashboard").status_code == 302
    started, ended = AuditEntry.objects.filter(action__startswith="client.impersonation").order_by(
        "pk"
    )
    assert (started.reason, started.client_id, started.actor_id) == (
        "They called",
        cast.client.pk,
        staff.pk,
    )
    assert (ended.action, ended.for_client_id) == ("client.impersonation_ended", cast.client.pk)


def test_who_lost_the_clients_pages_returns_from_the_staff_area(cast: PortalCast) -> None:
    staff = make_staff()
    web = acting(cast.client, staff)
    del web.cookies[settings.SESSION_COOKIE_NAME]
    assert web.post("/admin/return").status_code == 303
    assert web.get("/admin/dashboard").status_code == 200
    assert ends_recorded(cast.client) == [staff.pk]


def test_it_ends_after_an_hour(cast: PortalCast) -> None:
    staff = make_staff()
    web = acting(cast.client, staff)
    with clock.freeze_time(AT + timedelta(minutes=59)):
        assert web.get("/client/dashboard").status_code == 200
    with clock.freeze_time(AT + timedelta(minutes=60)):
        answer = web.get("/client/dashboard")
        assert (answer.status_code, answer["Location"]) == (302, "/admin")
        assert web.get("/admin/dashboard").status_code == 200
    assert ends_recorded(cast.client) == [staff.pk]


def test_its_end_after_an_hour_is_recorded_when_the_staff_area_is_opened_first(
    cast: PortalCast,
) -> None:
    staff = make_staff()
    web = acting(cast.client, staff)
    with clock.freeze_time(AT + timedelta(minutes=60)):
        assert web.get("/admin/dashboard").status_code == 200
        assert ends_recorded(cast.client) == [staff.pk]
        assert web.get("/client/dashboard").status_code == 302
    assert ends_recorded(cast.client) == [staff.pk]


def test_it_ends_with_the_staff_session(cast: PortalCast) -> None:
    staff = make_staff()
    web = acting(cast.client, staff)
    assert web.post("/admin/logout").status_code in (302, 303)
    assert web.get("/client/dashboard").status_code == 302
    assert not any("impersonation" in one.get_decoded() for one in Session.objects.all())
    assert ends_recorded(cast.client) == [staff.pk]


def test_it_ends_when_its_person_was_idle_at_both_doors(cast: PortalCast) -> None:
    set_setting(key="security.session_idle_minutes", value="20", ctx=Context(AT, SYSTEM))
    staff = make_staff()
    web = acting(cast.client, staff)
    for minutes in (19, 38):
        with clock.freeze_time(AT + timedelta(minutes=minutes)):
            assert web.get("/client/dashboard").status_code == 200, minutes
    with clock.freeze_time(AT + timedelta(minutes=58)):
        assert web.get("/client/dashboard").status_code == 302
    assert ends_recorded(cast.client) == [staff.pk]


def test_it_ends_when_the_staff_session_was_idle_and_is_opened(cast: PortalCast) -> None:
    set_setting(key="security.session_idle_minutes", value="20", ctx=Context(AT, SYSTEM))
    staff = make_staff()
    web = acting(cast.client, staff)
    with clock.freeze_time(AT + timedelta(minutes=20)):
        assert web.get("/admin/dashboard").status_code == 302
        assert ends_recorded(cast.client) == [staff.pk]
        assert web.get("/client/dashboard").status_code == 302


def test_whoever_worked_for_the_client_returns_to_a_session_that_lives(cast: PortalCast) -> None:
    set_setting(key="security.session_idle_minutes", value="20", ctx=Context(AT, SYSTEM))
    web = acting(cast.client)
    for minutes in (15, 30):
        with clock.freeze_time(AT + timedelta(minutes=minutes)):
            assert web.get("/client/dashboard").status_code == 200
    with clock.freeze_time(AT + timedelta(minutes=31)):
        assert web.post("/client/return-to-admin").status_code == 303
        assert web.get("/admin/dashboard").status_code == 200


def test_it_ends_when_the_staff_session_has_lasted_12_hours(cast: PortalCast) -> None:
    staff = make_staff()
    web = staff_browser(staff)
    assert web.get("/admin/dashboard").status_code == 200
    for minutes in range(60, 12 * 60, 60):
        with clock.freeze_time(AT + timedelta(minutes=minutes)):
            assert web.get("/admin/search").status_code == 200
    with clock.freeze_time(AT + timedelta(hours=11, minutes=30)):
        sent = {"reason": "They called", "password": PASSWORD}
        web.post(f"/admin/login-as-client/{cast.client.pk}", sent)
        assert web.get("/client/dashboard").status_code == 200
    with clock.freeze_time(AT + timedelta(hours=12)):
        assert web.get("/client/dashboard").status_code == 302
    assert ends_recorded(cast.client) == [staff.pk]


def test_it_ends_outside_of_the_networks_of_staff(cast: PortalCast) -> None:
    staff = make_staff()
    web = acting(cast.client, staff)
    set_setting(key="security.staff_networks", value="198.51.100.0/24", ctx=Context(AT, SYSTEM))
    assert web.get("/client/dashboard").status_code == 302
    assert ends_recorded(cast.client) == [staff.pk]


def test_it_ends_when_the_staff_person_loses_the_permission(cast: PortalCast) -> None:
    staff = make_staff("admin")
    web = acting(cast.client, staff)
    take_permissions(staff, all_but=["clients.view"])
    assert web.get("/client/dashboard").status_code == 302
    assert ends_recorded(cast.client) == [staff.pk]


@pytest.mark.parametrize("path", ["/client/dashboard", "/admin/dashboard"])
def test_it_ends_when_the_staff_person_is_deactivated(cast: PortalCast, path: str) -> None:
    staff = make_staff("admin")
    web = acting(cast.client, staff)
    Staff.objects.filter(pk=staff.pk).update(is_active=False)
    assert web.get(path).status_code == 302
    assert ends_recorded(cast.client) == [staff.pk]


def test_owners_hear_of_it_if_the_company_wants_it(cast: PortalCast) -> None:
    acting(cast.client)
    assert not OutgoingMail.objects.filter(event="impersonation_started").exists()
    set_setting(key="portal.show_impersonation", value="on", ctx=Context(AT, SYSTEM))
    acting(cast.client)
    mails = OutgoingMail.objects.filter(event="impersonation_started")
    assert [mail.recipient for mail in mails] == [cast.alice.email]
