"""Every page of the portal for foreign clients, without the right, without a token, with strange fields (T2 to X19)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Model
from pytest_django.plugin import DjangoDbBlocker

from commerce.accounts.actions.clients import close_client
from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.models import ApiToken, Client, Membership, User
from commerce.accounts.rules import RIGHTS_BY_ROLE
from commerce.audit.models import AuditEntry
from commerce.billing.changes.cancellations.actions import request_cancellation
from commerce.billing.models import CancellationRequest, CreditEntry, Invoice, PlanChange
from commerce.dns.models import Zone, ZoneVersion
from commerce.domains.models import Domain, DomainChange
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.orders.models import Cart, CartItem, Order
from commerce.payments.models import Attempt, CardSetup, Payment, SavedCard, TransferNotice
from commerce.site_settings.models import SiteSetting
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from tests.audit.cases_of_cards import an_open_setup
from tests.audit.first_rows import an_export
from tests.house.test_strangers import FOR_GUESTS, routes
from tests.make.browser import HttpsTestClient, hidden_field, make_browser
from tests.make.cards import keep
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, PASSWORD, as_member
from tests.make.records import make_credit_note, make_domain, make_invoice, make_order, make_service
from tests.make.statements import state
from tests.make.table_digests import stored_rows
from tests.make.webhook_endpoints import PAGES_FOR_PROGRAMS, WEBHOOK_FORMS, webhook_ids
from tests.make.zones import make_stored_zone, turn_zones_on
from tests.payments.plan_changes.conftest import ask, make_upgradable
from tests.portal.conftest import PortalCast, make_cast

OWN = sorted(route for route in routes() if route.startswith("client") and route not in FOR_GUESTS)
MISSING = 987_654_321
STAFFS_WAY_BACK = "client/return-to-admin"
"""Of staff who act for a client; to anybody else it does not exist."""
WITHOUT_TOKEN = {"domain-search/list"}
"""Pages that take a form of anybody's and only send on to a search: they change nothing."""

PAY_ACTS = ("pay", "pay/<slug:gateway>", "use-credit", "charge", "declare-transfer")
DOMAIN_ACTS = (
    *("lock", "privacy", "verification", "auto-renew", "term", "nameservers", "contacts"),
    *("transfer", "transfer/cancel", "dns"),
)
ZONE_ACTS = ("check", "sign", "unsign", "reset", "export", "import", "restore")
CARD_ACTS = ("add", "autopay", "<int:pk>/default", "<int:pk>/remove", "return/<int:pk>")
RIGHT_OF = {
    "client/services": "services.view",
    "client/services/<int:pk>": "services.view",
    "client/services/<int:pk>/rename": "services.manage",
    "client/services/<int:pk>/upgrade": "services.manage",
    "client/services/<int:pk>/cancel": "services.manage",
    "client/cancellations/<int:pk>/withdraw": "services.manage",
    "client/services/<int:pk>/progress": "services.view",
    "client/services/<int:pk>/panel": "services.manage",
    "client/services/<int:pk>/console": "services.manage",
    "client/services/<int:pk>/power": "services.manage",
    "client/services/<int:pk>/reinstall": "services.manage",
    "client/services/<int:pk>/password": "services.manage",
    "client/services/<int:pk>/new-password": "services.manage",
    "client/plan-changes/<int:pk>/pdf": "services.view",
    "client/statements/<int:pk>": "services.manage",
    "client/invoices": "invoices.view",
    "client/invoices/<int:pk>": "invoices.view",
    "client/invoices.csv": "invoices.view",
    "client/invoices.zip": "invoices.view",
    "client/invoices/statement": "invoices.view",
    "client/invoices/<int:pk>/pdf": "invoices.view",
    "client/invoices/<int:pk>/ubl": "invoices.view",
    "client/credit-notes/<int:pk>/pdf": "invoices.view",
    "client/credit-notes/<int:pk>/ubl": "invoices.view",
    "client/invoices/pay": "invoices.pay",
    **dict.fromkeys((f"client/invoices/<int:pk>/{act}" for act in PAY_ACTS), "invoices.pay"),
    "client/invoices/<int:pk>/return/<int:attempt>": "invoices.view",
    "client/plan-changes/<int:pk>": "services.view",
    "client/plan-changes/<int:pk>/withdraw": "services.manage",
    "client/plan-changes/<int:pk>/charge": "invoices.pay",
    **dict.fromkeys((f"client/plan-changes/<int:pk>/{act}" for act in PAY_ACTS), "invoices.pay"),
    "client/payments/<int:attempt>": "invoices.pay",
    "client/payments/<int:attempt>/return": "invoices.view",
    "client/credit": "invoices.view",
    "client/credit/add": "invoices.pay",
    "client/payments/<int:pk>/receipt": "invoices.view",
    "client/payment-methods": "invoices.pay",
    **dict.fromkeys((f"client/payment-methods/{act}" for act in CARD_ACTS), "invoices.pay"),
    "client/orders": "orders.view",
    "client/domains/search": "orders.place",
    "client/domains/register": "orders.place",
    "client/domains/transfer": "orders.place",
    "client/orders/<int:pk>": "orders.view",
    "client/orders/<int:pk>/cancel": "orders.place",
    "client/domains": "domains.view",
    "client/domains/<int:pk>": "domains.view",
    "client/domains/bulk": "domains.manage",
    "client/domains/nameservers": "domains.manage",
    **dict.fromkeys((f"client/domains/<int:pk>/{act}" for act in DOMAIN_ACTS), "domains.manage"),
    "client/domains/<int:pk>/authorization-code": "domains.manage",
    "client/domains/<int:pk>/renew": "domains.manage",
    "client/domains/<int:pk>/restore": "domains.manage",
    "client/profile": "profile.view",
    "client/profile/billing-email/drop": "profile.manage",
    "client/members": "members.manage",
    "client/members/<int:pk>": "members.manage",
    "client/members/<int:pk>/remove": "members.manage",
    "client/invitations/<int:pk>/withdraw": "members.manage",
    "client/activity": "profile.view",
    "client/data": "data.export",
    "client/data/export": "data.export",
    "client/data/exports/<int:pk>": "data.export",
    "client/data/erase": "data.export",
    "client/data/keep": "data.export",
    "client/zones": "domains.manage",
    "client/zones/<int:pk>": "domains.manage",
    **dict.fromkeys((f"client/zones/<int:pk>/{act}" for act in ZONE_ACTS), "domains.manage"),
    "client/activity.csv": "profile.view",
    **dict.fromkeys(PAGES_FOR_PROGRAMS, "tokens.manage"),
}
"""The right of each page (portal.md 3); pages about oneself, the dashboard and the search need none:
the latter two leave out what a member has no right to."""

FORMS = {
    "client/members": {"email": "x@example.com", "role": "owner"},
    "client/members/<int:pk>": {"role": "owner"},
    **WEBHOOK_FORMS,
    "client/zones": {"name": "zone.example"},
    "client/zones/<int:pk>": {
        "name": "a",
        "type": "A",
        "ttl": "",
        "value": "192.0.2.1",
        "seen": "1",
    },
    "client/zones/<int:pk>/import": {"zone_file": "@ NS ns1", "apply": "1", "seen": "1"},
    "client/zones/<int:pk>/restore": {"number": "1"},
    "client/profile": {"first_name": "Changed"},
    "client/services/<int:pk>/rename": {"label": "Changed"},
    "client/services/<int:pk>/power": {"power": "stop"},
    "client/services/<int:pk>/password": {"form_key": "1"},
    "client/services/<int:pk>/cancel": {"kind": "immediate", "reason": "Changed"},
    "client/services/<int:pk>/upgrade": {"plan": "1-monthly", "credit": "0", "total": "0"},
    "client/domains/bulk": {"domain": ["1", "2"], "act": "auto_renew_off"},
    "client/domains/nameservers": {"domain": ["1", "2"], "ns1": "a.example", "ns2": "b.example"},
    "client/domains/<int:pk>/lock": {"locked": "off"},
    "client/domains/<int:pk>/privacy": {"enabled": "on"},
    "client/domains/<int:pk>/auto-renew": {"enabled": "off"},
    "client/domains/<int:pk>/nameservers": {"ns1": "a.example", "ns2": "b.example"},
    "client/domains/<int:pk>/contacts": {"registrant-first_name": "Changed"},
    "client/domains/<int:pk>/term": {"years": "2"},
    "client/domains/<int:pk>/authorization-code": {"form_key": "1"},
    "client/domains/<int:pk>/transfer": {"code": "1"},
}
"""What is posted where a form is not just a password."""


CHANGED: list[type[Model]] = [
    *(User, Client, Membership, ApiToken, Authenticator, UserSession, SiteSetting),
    *(Service, Domain, DomainChange, Zone, ZoneVersion, Order, Cart, CartItem),
    *(Invoice, CreditEntry, PlanChange, CancellationRequest, Attempt, Payment, TransferNotice),
    *(SavedCard, CardSetup, WebhookEndpoint, WebhookDelivery),
]
"""What a page could write to."""


def mailed(client: Client, user: User) -> int:
    """A mail that this user got for this client."""
    mail = OutgoingMail.objects.create(
        event="order_placed",
        idempotency_key="1",
        recipient=user.email,
        client_id=client.pk,
        status="sent",
        subject="His order",
        created_at=AT,
        sent_at=AT,
    )
    return mail.pk


def ids_of(client: Client, owner: User) -> dict[str, int]:
    """A record of this client, or of its owner, of each kind, by the first part of its address."""
    ctx = Context(AT, as_member(owner))
    invitation = invite_member(
        client=client, email="x@example.org", role="billing", rights=["orders.view"], ctx=ctx
    )
    token, _ = create_token(client=client, maker=owner, name="his", ctx=ctx)
    factor = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "his"})
    session = UserSession.objects.create(
        user=owner, session_key=f"{owner.pk:032}", ip="203.0.113.9", user_agent=""
    )
    end = request_cancellation(service=make_service(client), kind="immediate", ctx=ctx)
    turn_zones_on()
    return {
        "zones": make_stored_zone(client).pk,
        "services": make_service(client).pk,
        "invoices": make_invoice(client).pk,
        "credit-notes": make_credit_note(client).pk,
        "plan-changes": ask(make_upgradable(client, f"{client.pk}"), at=AT).pk,
        "orders": make_order(client).pk,
        "cancellations": end.pk,
        "statements": state(about=make_service(client), at=AT).pk,
        "domains": make_domain(client).pk,
        "members": client.memberships.get(user=owner).pk,
        "invitations": invitation.pk,
        "api-tokens": token.pk,
        **webhook_ids(client),
        "notifications": mailed(client, owner),
        "payment-methods": keep(client, f"card-{client.pk}").pk,
        "return": an_open_setup(client).pk,
        "exports": an_export(client).pk,
        "two-factor": factor.pk,
        "passkeys": factor.pk,
        "sessions": session.pk,
    }


def filled(route: str, pk: object = 1) -> str:
    """The address of a route with this id."""
    more = {"<int:pk>": pk, "<int:attempt>": 1, "<slug:gateway>": "bank_transfer"}
    more |= {"<slug:slug>": "starter"}
    for name, value in {**more, "<str:token>": "x" * 43}.items():
        route = route.replace(name, str(value))
    return f"/{route}"


def kind_of(route: str) -> str:
    return route.partition("/<int:pk>")[0].rpartition("/")[2]


def said(answer: Any) -> tuple[int, str, str]:
    """What a caller learns, without what is new in each reply: the request's id and the form's token."""
    body = re.sub(
        r"[0-9a-f]{32}|csrfmiddlewaretoken\" value=\"\w+",
        "",
        answer.getvalue().decode(errors="replace"),
    )
    return answer.status_code, answer.headers.get("Location", ""), body


def everything() -> list[Any]:
    """All that a post could change; a client's revision tells of more than that."""
    return [stored_rows(model) for model in CHANGED]


def test_t2_a_foreign_client_cannot_be_acted_for(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    answers = [
        said(web.post("/client/switch", {"client": str(pk)})) for pk in (cast.foreign.pk, MISSING)
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    session = web.session
    session["acting_client_id"] = cast.foreign.pk
    session.save()
    page = web.get("/client/dashboard")
    assert (page.status_code, page["Location"]) == (
        302,
        "/client/switch?next=%2Fclient%2Fdashboard",
    )


def test_every_page_with_a_right_is_in_the_table() -> None:
    without_right = {
        "client",
        "client/dashboard",
        "client/domains/sandbox/<str:name>",  # a demo's: tests/portal/domains/test_sandbox.py
        "client/search",
        "client/switch",
        STAFFS_WAY_BACK,
    }
    rest = set(OWN) - set(RIGHT_OF) - without_right
    own = ("client/security", "client/notifications")
    assert [route for route in rest if not route.startswith(own)] == []


@pytest.fixture(scope="class")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[PortalCast, dict[str, int]]]:
    """Made once, as in `test_foreign_ids.py`; each test takes back what it changed."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock.freeze_time(AT), commit_and_deliver():
            cast = make_cast()
            own = ids_of(cast.client, cast.alice)
        yield cast, own
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.usefixtures("_still")
class TestWithoutItsRight:
    @pytest.mark.parametrize("route", sorted(RIGHT_OF))
    def test_t4_a_page_and_its_action_are_403(
        self, world: tuple[PortalCast, dict[str, int]], route: str
    ) -> None:
        (cast, own), right = world, RIGHT_OF[route]
        web = cast.browse(cast.bob)
        Membership.objects.filter(user=cast.bob).update(
            rights=[each for each in RIGHTS_BY_ROLE if each != right]
        )
        before = everything()
        path = filled(route, own.get(kind_of(route), 1))
        answers = [web.get(path), web.post(path, FORMS.get(route, {}) | {"password": PASSWORD})]
        assert 403 in {answer.status_code for answer in answers}
        for answer in answers:
            assert answer.status_code == 405 or right in answer.content.decode()
        assert everything() == before


def test_a_closed_client_opens_no_page(cast: PortalCast) -> None:
    close_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="left")
    web = cast.browse(cast.alice)
    for route in set(OWN) - {"client/switch", STAFFS_WAY_BACK}:
        path = filled(route)
        for answer in (web.get(path), web.post(path)):
            if answer.status_code != 405:
                assert answer.status_code == 403, path
                assert "support@example.com" in answer.content.decode()


def test_x14_no_post_counts_without_its_token(cast: PortalCast) -> None:
    web = HttpsTestClient(enforce_csrf_checks=True, headers={"host": "localhost"})
    web.cookies = cast.browse(cast.alice).cookies
    before, entries = everything(), AuditEntry.objects.count()
    for route in set(routes()) - WITHOUT_TOKEN:
        path = filled(route)
        answer = web.post(path, FORMS.get(route, {}) | {"password": PASSWORD})
        assert answer.status_code == 403, path
        assert "Nothing was changed." in answer.content.decode()
    assert (everything(), AuditEntry.objects.count()) == (before, entries)


MORE = {
    "id": "1",
    "pk": "1",
    "client": "2",
    "client_id": "2",
    "user": "2",
    "maker": "2",
    "status": "closed",
    "is_active": "",
    "email_verified_at": "2020-01-01",
    "revision": "9",
    "api_rate": "9999",
    "token_hash": "0" * 64,
    "created_at": "2020-01-01",
    "invited_by": "2",
    "locale": "xx",
}
"""Names of columns that no form has."""


def test_x19_a_token_takes_nothing_but_its_form(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    key = hidden_field(web.get("/client/api-tokens").content.decode(), "form_key")
    form = {"form_key": key, "name": "mine", "scopes": ["orders:read"]}
    assert web.post("/client/api-tokens", MORE | form).status_code == 200
    token = ApiToken.objects.get()
    assert (token.client, token.maker, token.status) == (cast.client, cast.alice, "live")
    assert (token.created_at, token.scopes) == (AT, ["orders:read"])
    assert token.token_hash != "0" * 64


@pytest.mark.usefixtures("_still")
def test_x19_a_registration_takes_nothing_but_its_form(db: None) -> None:
    web = make_browser()
    began = hidden_field(web.get("/register").content.decode(), "began")
    form = {"first_name": "Ann", "last_name": "Example", "country": "DE", "began": began}
    form |= {"email": "ann@example.org", "password": PASSWORD, "role": "staff"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("commerce.portal.account.sign_in.forms.MIN_FILL_SECONDS", 0)
        assert web.post("/register", MORE | form).status_code == 303
    client, user = Client.objects.get(), User.objects.get()
    assert (client.status, client.api_rate, client.locale) == ("active", None, "en")
    assert (user.email_verified_at, user.is_active, user.locale) == (None, True, "en")
    assert Membership.objects.get().role == "owner"


def test_x19_a_member_takes_nothing_but_the_form(cast: PortalCast) -> None:
    member = cast.bob.memberships.get()
    form = {"role": "technical", "rights": ["orders.view"]}
    web = cast.browse(cast.alice)
    assert web.post(f"/client/members/{member.pk}", MORE | form).status_code == 303
    after = Membership.objects.get(pk=member.pk)
    assert (after.user, after.client, after.role) == (cast.bob, cast.client, "technical")
    assert (after.invited_by, after.created_at) == (None, member.created_at)
