"""Each page of the staff area opens to those whom the table names, and to nobody else (backoffice.md 2, T7)."""

import re
from functools import cache
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpResponse, HttpResponseBase
from django.test import RequestFactory
from django.urls import resolve, reverse

from commerce.accounts.models import BulkAction, Client, Staff, StaffRole, User
from commerce.accounts.staff_rules import PRESETS, ShippedRole, StaffPermission
from commerce.audit.models import AuditEntry
from commerce.backoffice.base import access
from commerce.backoffice.base.access import are_enough
from commerce.backoffice.base.pages import Access, Needed
from commerce.backoffice.middleware import StaffAreaMiddleware
from commerce.backoffice.site import staff_site
from commerce.billing.documents.actions import make_documents
from commerce.billing.models import CreditNote, Invoice, PlanChange
from commerce.dns.models import Zone
from commerce.domains.models import Domain
from commerce.kit.context import SYSTEM, Context
from commerce.kit.request_cache import cached_for_request
from commerce.orders.models import SalesQuote
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.bulk_actions import make_bulk_action
from tests.make.one_of_each import CTX, make_one_of_each
from tests.make.people import AT, make_client, make_user
from tests.make.staff import (
    make_machine_account,
    make_staff,
    make_staff_token,
    staff_browser,
)
from tests.make.webhook_endpoints import make_company_endpoint, make_notice

pytestmark = pytest.mark.django_db

PAGES = sorted(staff_site.rules)
PATTERNS = {one.name: str(one.pattern) for one in staff_site.get_urls()}
WALKED = [name for name in PAGES if name not in ("account_logout", "autocomplete")]
"""The one ends the session; of the other Django asks what is to be listed."""
NIGHT_SHIFT = frozenset({StaffPermission.SERVICES_HELP, StaffPermission.REPORTS_VIEW})
HELD = {**PRESETS, "night": NIGHT_SHIFT, "nothing": frozenset[StaffPermission]()}
"""What each role may do, one of the company's own, and somebody who may nothing; the super admin comes first."""
OF_THE_ROLE = {
    "security",
    *(name for name in PAGES if name.startswith(("accounts_staff", "accounts_machine"))),
}
"""Pages that ask for the role itself, or for all that somebody may do."""
OF_OWN_PROGRAMS = {
    "accounts_stafftoken_change",
    "accounts_stafftoken_revoke",
    *(f"accounts_machineaccount_{one}" for one in ("change", "confirm", "new_token", "deactivate")),
}
"""Pages of a token of the staff API, or of a machine account, for its person and those who see staff."""
OF_OWN_BULK_ACTIONS = {
    "bulk_action_report",
    *(f"accounts_bulkaction_{one}" for one in ("change", "start", "stop", "undo")),
}
"""Pages of a bulk action, for its person and those who read the audit log."""
PARTS = {
    "bulk_action_report": "1",
    "report": "renewals",
    "report_csv": "renewals",
    "setup_step": "company",
    "books_file": "1",
    "export_file": "1",
    "saved_view": "1",
    "settings_group": "billing",
    **dict.fromkeys(("gateway", "gateway_switch", "gateway_test"), "bank_transfer"),
    **dict.fromkeys(
        ("registrar", "registrar_default", "registrar_test", "registrar_domains"), "manual"
    ),
}
"""The text in the address of a page that is no record's."""
FILES = {
    "bulk_action_report",
    "client_statement",
    "tld_price_list",
    "registrar_prices_csv",
    "report_csv",
    "zone_file",
}
"""Files beside those of lists: of what only reads, they alone are noted each time (backoffice.md 7)."""
LEADS_ELSEWHERE = {
    *("root", "index", "account_login", "mfa_authenticate", "return_to_admin"),
    *("gateway_switch", "gateway_test", "registrar_default", "registrar_test"),
    *("mail_test", "dns_test", "registrar_prices_refresh"),
}
"""What a signed-in person's GET is led away from: pages of those who aren't, and buttons without a form."""
OTHER_ANSWERS = {
    **dict.fromkeys(("account_reset_password_from_key", "verify_email", "keep_email"), 410),
    "books_file": 404,  # no month is closed
    "export_file": 404,  # nobody asked for one
    "rename_passkey": 404,  # it is an app that shows codes
    **dict.fromkeys(("invoice_ubl", "credit_note_ubl"), 404),  # the company has no address yet
    **dict.fromkeys(
        ("challenge_passkey", "mfa_login_webauthn", "passkey_options", "reset_passkey"), 405
    ),
    **dict.fromkeys(("list_columns", "saved_views", "saved_view", "bulk_action_choose"), 405),
    "mark_open_work": 405,
    "view_counts": 404,  # of no list
    **dict.fromkeys(("drop_email_change", "end_session", "end_other_sessions"), 405),
}


class Addresses:
    """An address of each page, of one real record where it is a record's."""

    def __init__(self, staff: Staff) -> None:
        own_token = make_staff_token(staff)[0]
        endpoint = make_company_endpoint(staff)[0]
        made = {
            type(row): row
            for row in [
                make_staff(),
                StaffRole.objects.get(key="support"),
                own_token,
                make_machine_account(staff),
                endpoint,
                make_notice(endpoint),
                *make_one_of_each(),
                make_bulk_action(staff),
            ]
        }
        rows = {kind: row.pk for kind, row in made.items()}
        self.needed = {
            admin.action_name(action): action.needed(made[admin.model])
            for admin in staff_site.record_admins
            for action in admin.record_actions
        }
        self.keys = {
            name: rows[admin.model]
            for admin in staff_site.record_admins
            for name in admin.rules()
            if admin.has_record_page
        }
        make_documents(invoice_id=rows[Invoice], ctx=CTX)
        make_documents(credit_note_id=rows[CreditNote], ctx=CTX)
        self.keys |= dict.fromkeys(("invoice_pdf", "invoice_ubl"), rows[Invoice])
        self.keys |= dict.fromkeys(("credit_note_pdf", "credit_note_ubl"), rows[CreditNote])
        self.keys |= {"domain_at_registrar": rows[Domain], "zone_file": rows[Zone]}
        self.keys |= {
            "plan_change_pdf": rows[PlanChange],
            "sales_quote_pdf": rows[SalesQuote],
            "export_file": 1,
            "end_session": 1,
        }
        self.keys |= dict.fromkeys(("login_as_client", "client_statement"), rows[Client]) | PARTS
        self.keys["bulk_action_report"] = rows[BulkAction]
        factor = Authenticator.objects.get(user=staff.user)
        self.keys |= dict.fromkeys(("remove_factor", "rename_passkey"), factor.pk)

    def of(self, name: str) -> str:
        """The path of a page."""
        return _path(name, str(self.keys.get(name, "x")))

    def opens_to(self, role: str, name: str) -> bool:
        """Whether the record asks no more of a person than the page does, or something that they have."""
        return _may(role, self.needed.get(name, Access.ANY_STAFF))


def _path(name: str, key: str) -> str:
    if name == "root":
        return "/admin"
    filled = re.sub(r"<\w+:locale>", "en", PATTERNS[name])
    filled = re.sub(r"<\w+:event>", "invoice_created", filled)
    return "/admin/" + re.sub(r"<[\w:]+>", key, filled)


def _may(role: str, needed: Needed | None) -> bool:
    if needed is None or isinstance(needed, Access):
        return needed is not None
    if isinstance(needed, frozenset):
        return bool(HELD[role] & needed)
    return HELD[role].issuperset(needed if isinstance(needed, tuple) else (needed,))


def _of_role(role: str) -> Staff:
    if role in PRESETS:
        return make_staff(role)
    own = StaffRole.objects.create(key=role, name=role, permissions=sorted(HELD[role]))
    return make_staff(role=own)


def test_each_address_is_in_the_table_and_nothing_else_is() -> None:
    assert set(PATTERNS) | {"root"} == set(PAGES)


_resolve = cache(resolve)


def _asked_before_the_view(user: Any, method: str, path: str) -> HttpResponseBase:
    """What the middleware answers a request itself; 200 if it has the view called."""
    request: Any = RequestFactory().generic(method, path)
    request.user, request.session = user, SessionStore()

    def call_view(request: Any) -> HttpResponseBase:
        request.resolver_match = _resolve(path, request.urlconf)
        return middleware.process_view(request) or HttpResponse()

    middleware = StaffAreaMiddleware(call_view)
    with cached_for_request():
        return middleware(request)


@pytest.mark.parametrize("role", HELD)
def test_each_page_opens_to_whom_the_table_names(role: str) -> None:
    user = _of_role(role).user
    for name in PAGES:
        path, rule = _path(name, PARTS.get(name, "1")), staff_site.rules[name]
        asked = {
            method: _asked_before_the_view(user, method, path).status_code
            for method in ("GET", "POST", "DELETE")
        }
        read = 200 if _may(role, rule.read) else 403
        other = 405 if _may(role, rule.read) else 403
        written = other if rule.write is None else (200 if _may(role, rule.write) else 403)
        assert asked == {"GET": read, "POST": written, "DELETE": other}, name


class _Answers(dict[Needed, bool]):
    """What the pages ask of a person's permissions, apart from the menu, and the answers."""

    def are_enough(self, permissions: frozenset[StaffPermission], needed: Needed) -> bool:
        self[needed] = are_enough(permissions, needed)
        return self[needed]

    def are_those_of(self, role: str) -> bool:
        return all(_may(role, needed) == answer for needed, answer in self.items())


def _check_reading(web: HttpsTestClient, role: str, name: str, addresses: Addresses) -> None:
    before = AuditEntry.objects.count()
    read = web.get(addresses.of(name))
    is_noted = AuditEntry.objects.count() > before
    assert not is_noted or read.status_code == 403 or _is_file(name), (name, role)
    if not addresses.opens_to(role, name):
        assert read.status_code == 403, (name, role)
    elif name in LEADS_ELSEWHERE:
        assert read.status_code in (302, 303), (name, role)
    elif name in OF_OWN_PROGRAMS and not _may(role, StaffPermission.STAFF_VIEW):
        assert read.status_code == 404, (name, role)  # it is somebody else's
    elif name in OF_OWN_BULK_ACTIONS and not _may(role, StaffPermission.AUDIT_VIEW):
        assert read.status_code == 404, (name, role)
    else:
        assert read.status_code == OTHER_ANSWERS.get(name, 200), (name, role)


def _is_file(name: str) -> bool:
    return name in FILES or name.endswith("_export")


def test_each_page_answers_whoever_may_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two roles get the same page, apart from the menu, when all that it asks is answered alike: it is drawn once.

    Who sees and sends what is asked on SQLite. On PostgreSQL each page is drawn for who may see everything.
    """
    is_once = connection.vendor == "sqlite"
    roles = HELD if is_once else ["super_admin"]
    webs = {role: staff_browser(_of_role(role)) for role in roles}
    addresses = Addresses(Staff.objects.super_admins().get())
    for name in WALKED:
        drawn: list[_Answers] = []
        for role, web in webs.items():
            if not _may(role, staff_site.rules[name].read):
                continue
            is_known = any(one.are_those_of(role) for one in drawn) and name not in OF_THE_ROLE
            if not is_known or not addresses.opens_to(role, name):
                drawn.append(_Answers())
                monkeypatch.setattr(access, "are_enough", drawn[-1].are_enough)
                _check_reading(web, role, name, addresses)
    for name in WALKED if is_once else ():
        if staff_site.rules[name].write is not None:  # once: all forms for all roles take minutes
            status = webs["super_admin"].post(addresses.of(name)).status_code
            assert status not in (403, 405, 500), name


def test_nobody_gets_in_without_a_staff_session() -> None:
    """Neither a stranger nor a client's member, who at this door is a stranger: he asks over the whole stack."""
    client = make_client(owner=make_user("alice@example.com"))
    member = client.memberships.get().user
    addresses = Addresses(make_staff(user=member))  # even somebody who is both
    web = make_browser(member, acting=client)
    for number, name in enumerate(PAGES):
        # An address may send 120 forms a minute.
        web.defaults["REMOTE_ADDR"] = f"10.0.{number // 250}.{number % 250}"
        rule, path = staff_site.rules[name], addresses.of(name)
        if rule.read is not Access.PUBLIC:
            for answer in (web.get(path), _asked_before_the_view(AnonymousUser(), "GET", path)):
                assert answer.status_code == 302, name
                assert answer["Location"].startswith(reverse("admin:account_login")), name
        if rule.write is not Access.PUBLIC:
            for answer in (web.post(path), _asked_before_the_view(AnonymousUser(), "POST", path)):
                assert answer.status_code in (302, 405), name


def test_no_page_makes_the_first_administrator() -> None:
    """X7: while nobody is staff, a stranger gets no further than to the sign-in, whatever they send."""
    addresses = Addresses(make_staff())
    Staff.objects.update(is_active=False)
    web = make_browser()
    form = {"email": "eve@example.com", "password": "a-long-password-1", "role": "super_admin"}
    for number, name in enumerate(PAGES):
        web.defaults["REMOTE_ADDR"] = f"10.0.{number // 250}.{number % 250}"
        path = addresses.of(name)
        for answer in (web.get(path), web.post(path, form)):
            assert answer.status_code < 500, name
            assert not Staff.objects.active().exists(), name
            assert not User.objects.filter(email="eve@example.com").exists(), name


def test_a_staff_session_opens_no_page_of_clients() -> None:
    """Not even in the cookie of the clients, for somebody who is both."""
    client = make_client(owner=make_user("alice@example.com"))
    web = staff_browser(make_staff(user=client.memberships.get().user))
    key = web.cookies[settings.COMMERCE_STAFF_COOKIE_NAME].value
    assert web.get("/admin/dashboard").status_code == 200
    assert web.get("/client/dashboard").status_code == 302
    web.cookies[settings.SESSION_COOKIE_NAME] = key
    assert web.get("/client/dashboard").status_code == 302


def test_a_refused_page_is_in_the_audit_log() -> None:
    staff = make_staff("support")
    answer = staff_browser(staff).get("/admin/staff")
    assert answer.status_code == 403
    assert "“See staff”" in answer.content.decode()
    entry = AuditEntry.objects.get(action="staff.refused")
    assert (entry.actor_kind, entry.actor_id) == ("staff", staff.pk)
    assert entry.after == {"page": "GET /admin/staff", "why": "staff.view"}


def test_from_outside_of_the_staff_networks_there_is_no_staff_area() -> None:
    set_setting(key="security.staff_networks", value="198.51.100.0/24", ctx=Context(AT, SYSTEM))
    inside, outside = staff_browser(), staff_browser()
    inside.defaults["REMOTE_ADDR"] = "198.51.100.7"
    outside.defaults["REMOTE_ADDR"] = "203.0.113.7"
    assert inside.get("/admin/dashboard").status_code == 200
    for path in ("/admin", "/admin/login", "/admin/dashboard", "/admin/style.css", "/admin/none"):
        assert outside.get(path).status_code == 404, path
    assert outside.get("/client/login").status_code == 200


def test_a_page_that_is_in_no_table_opens_to_nobody() -> None:
    web = staff_browser()
    del staff_site.rules["search"]
    try:
        assert web.get("/admin/search").status_code == 404
    finally:
        del staff_site.__dict__["rules"]
    assert web.get("/admin/search").status_code == 200


def test_the_presets_are_those_of_the_specification() -> None:
    table = _table_of_the_specification()
    assert set(table) == set(StaffPermission)
    for role in (ShippedRole.ADMIN, ShippedRole.SUPPORT, ShippedRole.BILLING):
        assert PRESETS[role] == {one for one, roles in table.items() if role in roles}, role
    assert PRESETS[ShippedRole.SUPER_ADMIN] == set(StaffPermission)


SPECIFICATION = """
clients.view x x x | clients.create x - - | clients.edit x - x | clients.suspend x - - | clients.notes x x x
clients.impersonate x - - | clients.tokens x - - | clients.erase - - - | invoices.view x x x | invoices.create x - x
invoices.edit x - x | invoices.void x - x | invoices.refund x - x | invoices.record_payment x - x
invoices.apply_credit x - x | payments.view x - x | payments.manage x - x | orders.view x x x | orders.manage x - x
services.view x x x | services.help x x - | services.manage x - - | services.provision x - - | services.terminate x - -
services.override - - - | domains.view x x x | domains.manage x - - | tickets.view x x x | tickets.reply x x -
tickets.assign x x - | tickets.delete x - - | products.view x - x | products.manage x - - | servers.view x - -
servers.manage x - - | content.view x x - | content.manage x x - | reports.view x x x | audit.view x - -
reports.money x - x | reports.close x - x | runs.view x x x
settings.view x - - | settings.manage - - - | staff.view x - - | staff.manage - - -
"""


def _table_of_the_specification() -> dict[str, set[str]]:
    rows = [row.split() for row in SPECIFICATION.replace("\n", "|").split("|") if row.strip()]
    roles = ("admin", "support", "billing")
    return {
        slug: {role for role, mark in zip(roles, marks, strict=True) if mark == "x"}
        for slug, *marks in rows
    }
