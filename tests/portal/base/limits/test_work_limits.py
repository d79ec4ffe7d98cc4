"""One member slows nobody, and writes no more into the audit log than somebody would read."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import RequestFactory
from django.urls import resolve

from commerce.accounts.actions.clients import close_client
from commerce.accounts.models import Membership, User
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.remote import page_limits
from commerce.portal.base.access import ACTING_CLIENT_KEY
from commerce.portal.base.limits import refusals, running_requests, work_limits
from commerce.portal.base.middleware import throttling
from tests.make.browser import make_browser
from tests.make.people import AT, PASSWORD
from tests.make.sign_in import ALICE, new_browser, send_sign_in_form
from tests.make.staff import make_staff
from tests.portal.base.test_tenancy import OWN, filled, ids_of, kind_of
from tests.portal.conftest import PortalCast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

FILES = {
    "client/invoices.csv",
    "client/invoices.zip",
    "client/invoices/statement",
    "client/payments/<int:pk>/receipt",
    "client/activity.csv",
    "client/data/exports/<int:pk>",
    "client/zones/<int:pk>/export",
}
"""What is made, or read whole, when somebody asks for it."""


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    running = running_requests.RunningRequests(2)
    monkeypatch.setattr(work_limits, "this_process", running)


def asked(user: Any, client_id: int | None = None, path: str = "/client/services") -> HttpRequest:
    request: Any = RequestFactory().get(path)
    request.user, request.session = user, SessionStore()
    if client_id is not None:
        request.session[ACTING_CLIENT_KEY] = client_id
    return request


def beside(first: HttpRequest, second: HttpRequest) -> HttpResponseBase:
    """The answer to the second request, that comes while the first one is being answered."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        return inner(second) if request is first else HttpResponse()

    inner = throttling.ThrottleMiddleware(lambda _request: HttpResponse())
    return throttling.ThrottleMiddleware(answer)(first)


# --- Threads ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("two_threads")
class TestLastThread:
    def test_a_member_takes_it_a_handful_of_times(self, cast: PortalCast) -> None:
        answers = [beside(asked(cast.alice), asked(cast.alice)) for _ in range(31)]
        assert [one.status_code for one in answers] == [200] * 30 + [429]
        refused: Any = answers[-1]
        assert 1 <= int(refused["Retry-After"]) <= 30
        text = "Too many pages are loading for your account at once. Try again in "
        assert text in refused.content.decode()

    def test_whoever_asks_for_one_page_after_the_other_is_never_refused(
        self, cast: PortalCast
    ) -> None:
        one = throttling.ThrottleMiddleware(lambda _request: HttpResponse())
        for _ in range(100):
            assert one(asked(cast.alice)).status_code == 200

    def test_another_client_does_not_notice(self, cast: PortalCast) -> None:
        for _ in range(31):
            beside(asked(cast.alice), asked(cast.alice))
        assert beside(asked(cast.alice), asked(cast.charlie)).status_code == 200
        assert beside(asked(cast.charlie), asked(cast.charlie)).status_code == 200

    def test_members_of_a_client_share_it(self, cast: PortalCast) -> None:
        mine = cast.client.pk
        answers = [beside(asked(cast.alice, mine), asked(cast.bob, mine)) for _ in range(31)]
        assert [one.status_code for one in answers] == [200] * 30 + [429]

    def test_so_do_the_clients_of_a_member(self, cast: PortalCast) -> None:
        answers = [
            beside(asked(cast.alice, cast.client.pk), asked(cast.alice, cast.foreign.pk))
            for _ in range(31)
        ]
        assert [one.status_code for one in answers] == [200] * 30 + [429]

    @pytest.mark.parametrize("who", ["guest", "staff"])
    def test_it_is_a_limit_of_members(self, who: str) -> None:
        user = AnonymousUser() if who == "guest" else make_staff().user
        path = "/store" if who == "guest" else "/admin/clients"
        for _ in range(40):
            assert beside(asked(user, path=path), asked(user, path=path)).status_code == 200

    def test_what_fails_is_over_as_well(self, cast: PortalCast) -> None:
        def fail(_request: HttpRequest) -> HttpResponseBase:
            raise ZeroDivisionError

        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                throttling.ThrottleMiddleware(fail)(asked(cast.alice))
        assert work_limits.this_process._running == {}


# --- Waiting for others -----------------------------------------------------------------------------------------------


class TestWaiting:
    """One member with a zone whose name servers are silent kept all payments of others from their gateways."""

    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        now = [1000.0]
        monkeypatch.setattr(work_limits.time, "monotonic", lambda: now[0])
        return now

    def answers(self, clock: list[float], request: HttpRequest, seconds: float, times: int) -> Any:
        def answer(_request: HttpRequest) -> HttpResponseBase:
            with page_limits.page_limits():
                clock[0] += seconds
            return HttpResponse()

        inner = throttling.ThrottleMiddleware(answer)
        return [inner(request) for _ in range(times)]

    def test_two_pages_that_wait_for_all_their_time_are_a_minutes_worth(
        self, cast: PortalCast, clock: list[float]
    ) -> None:
        mine = cast.client.pk
        answers = self.answers(clock, asked(cast.alice, mine), page_limits.PAGE_SECONDS, 3)
        assert [one.status_code for one in answers] == [200, 200, 429]
        text = "Your account has waited a long time for other servers. Try again in "
        assert text in answers[-1].content.decode()
        [bobs] = self.answers(clock, asked(cast.bob, mine), 1, 1)
        [hers_elsewhere] = self.answers(clock, asked(cast.alice, cast.foreign.pk), 1, 1)
        [charlies] = self.answers(clock, asked(cast.charlie, cast.foreign.pk), 1, 1)
        assert (bobs.status_code, hers_elsewhere.status_code) == (429, 429)
        assert charlies.status_code == 200

    def test_short_calls_are_many(self, cast: PortalCast, clock: list[float]) -> None:
        answers = self.answers(clock, asked(cast.alice, cast.client.pk), 0.5, 30)
        assert {one.status_code for one in answers} == {200}

    def test_it_is_a_limit_of_members(self, clock: list[float]) -> None:
        staff = asked(make_staff().user, path="/admin/gateways")
        assert {one.status_code for one in self.answers(clock, staff, 8, 10)} == {200}
        with page_limits.page_limits():  # a job, and a command
            clock[0] += 100

    def test_whoever_is_refused_gives_the_turn_back(
        self, cast: PortalCast, clock: list[float]
    ) -> None:
        self.answers(clock, asked(cast.alice), 8, 5)
        assert page_limits._turns.acquire(blocking=False)
        page_limits._turns.release()


# --- Forms and sign-ins -----------------------------------------------------------------------------------------------


def test_the_forms_of_a_member_have_an_end(
    cast: PortalCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_limits, "MEMBER_POSTS_A_MINUTE", 3)
    web = cast.browse(cast.alice)
    answers = [web.post("/client/notifications", {}).status_code for _ in range(4)]
    assert 429 not in answers[:3]
    assert answers[3] == 429
    assert cast.browse(cast.bob).post("/client/notifications", {}).status_code != 429


def test_a_person_signs_in_sixty_times_an_hour(alice: User) -> None:
    for number in range(60):
        assert send_sign_in_form(new_browser(f"192.0.2.{number}")).status_code == 303
    before = AuditEntry.objects.count()
    refused = send_sign_in_form(new_browser())
    assert refused.status_code == 429
    assert 3_000 < int(refused["Retry-After"]) <= 3_600
    assert send_sign_in_form(new_browser(), password="wrong").status_code == 429
    assert AuditEntry.objects.count() == before
    form = {"email": "charlie@example.com", "password": PASSWORD}
    assert new_browser().post("/client/login", form).status_code == 422


# --- Files ------------------------------------------------------------------------------------------------------------


def test_each_page_that_makes_a_file_is_limited() -> None:
    files = {route for route in OWN if hasattr(resolve(filled(route)).func, "makes_a_file")}
    assert files == FILES
    looks_like_one = ("csv", "zip", "statement", "export", "<int:pk>/receipt")
    asks_for_one = {"client/data/export"}  # a form, of which three a month count
    assert {one for one in OWN if one.endswith(looks_like_one)} <= FILES | asks_for_one


@pytest.mark.parametrize("route", ["client/invoices.csv", "client/invoices/statement"])
def test_twenty_files_a_minute_of_a_client(cast: PortalCast, route: str) -> None:
    alice, path = cast.browse(cast.alice), filled(route)
    for web in (alice, cast.browse(cast.bob)):
        for _ in range(10):
            assert web.get(path).status_code == 200
    refused = alice.get(path)
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert "Your account has downloaded many files in a short time." in refused.content.decode()
    assert cast.browse(cast.charlie).get(path).status_code == 200
    assert alice.get("/client/invoices").status_code == 200
    exported = AuditEntry.objects.filter(action="client.exported", client_id=cast.client.pk)
    assert exported.count() == 20


# --- What a GET writes into the audit log -----------------------------------------------------------------------------


def walked_twice(web: Any, paths: list[str]) -> Iterator[tuple[str, str]]:
    """What the second walk wrote into the audit log, and where."""
    for path in paths:
        web.get(path)
    for path in paths:
        last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        web.get(path)
        for entry in AuditEntry.objects.filter(pk__gt=last):
            yield path, entry.action


def test_only_files_are_noted_each_time(cast: PortalCast) -> None:
    own = ids_of(cast.client, cast.alice)
    pages = {route: filled(route, own.get(kind_of(route), 1)) for route in OWN}
    web = cast.browse(cast.alice)
    written = set(walked_twice(web, list(pages.values())))
    assert {action for _path, action in written} <= {"client.exported", "data_export.downloaded"}
    assert {path for path, _action in written} <= {pages[route] for route in FILES}


@pytest.mark.parametrize("why", ["right", "closed", "no client"])
def test_a_refusal_is_noted_once_in_a_while(cast: PortalCast, why: str) -> None:
    if why == "closed":
        close_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="left")
    elif why == "right":
        Membership.objects.filter(user=cast.bob).update(rights=[])
    else:
        Membership.objects.filter(user=cast.bob).delete()
    web = make_browser(cast.bob, begun=True)
    assert list(walked_twice(web, [filled(route) for route in OWN])) == []
    refused = AuditEntry.objects.filter(action="user.refused", actor_id=cast.bob.pk)
    assert 1 <= refused.count() <= refusals.REFUSALS_AN_HOUR


def test_a_method_of_ones_own_making_is_no_way_around(cast: PortalCast) -> None:
    web = cast.browse(cast.tess)
    for number in range(100):
        assert web.generic(f"M{number}", "/client/invoices").status_code in (403, 405)
    refused = AuditEntry.objects.filter(action="user.refused")
    assert refused.count() <= refusals.REFUSALS_AN_HOUR


def test_each_person_and_reason_is_noted(cast: PortalCast) -> None:
    for user in (cast.tess, cast.tess, cast.bob):
        cast.browse(user).get("/client/members")
    cast.browse(cast.tess).get("/client/invoices")
    noted = AuditEntry.objects.filter(action="user.refused").order_by("pk")
    assert [(one.actor_id, one.after["why"]) for one in noted] == [
        (cast.tess.pk, "members.manage"),
        (cast.bob.pk, "members.manage"),
        (cast.tess.pk, "invoices.view"),
    ]


def test_the_address_is_never_in_a_key(cast: PortalCast) -> None:
    assert ALICE not in "".join(work_limits._names(asked(cast.alice)))
