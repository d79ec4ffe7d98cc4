"""`/admin/plan-changes`: figures of today, and what staff do with a request (billing.md 8, backoffice.md 3)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from commerce.billing.changes.plan_changes.actions.paid_elsewhere import state_paid_elsewhere
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import CreditNote, Invoice, PaidElsewhere, PlanChange
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.plan_changes import ask, bought, pay_request, plan, rate_from, wish
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import open_form, send, text_of

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def admin() -> Iterator[HttpsTestClient]:
    with clock.freeze_time(make.AT):  # services are due a month from then
        yield staff_browser(make_staff("admin"))


@pytest.fixture
def service() -> Service:
    """At 30.00 with 20 % tax, paid today, with a plan at 60.00 and one at 10.00 beside it."""
    rate_from(date(2020, 1, 1), 20_000)
    group = make.make_group()
    small, middle, large = (plan(group, price) for price in (1000, 3000, 6000))
    for product, name in ((small, "Small"), (middle, "Middle"), (large, "Large")):
        product.name = name
        product.save(update_fields=["name"])
    [service] = bought(wish(middle))
    return service


def product_of(service: Service, name: str) -> Any:
    return service.product.group.products.get(name=name)


def asked(service: Service, plan: str = "Large", *, approval: bool = False, **more: Any) -> Any:
    set_setting(key="plan_changes.require_approval", value="on" if approval else "off", ctx=CTX)
    return ask(service, product_of(service, plan), **more)


def rows(web: HttpsTestClient, path: str) -> list[Any]:
    return list(web.get(path).context["cl"].result_list)


def names(page: Any) -> dict[str, Any]:
    """The buttons of a record, each with why it cannot be pressed."""
    return {one.action.name: one.reason_against for one in page.context["shown_actions"]}


def test_what_waits_is_listed_and_answered(admin: HttpsTestClient, service: Service) -> None:
    first = asked(service, approval=True)
    url = f"/admin/plan-changes/{first.pk}"
    assert rows(admin, "/admin/plan-changes") == [first]
    page = text_of(admin.get(f"{url}/approve"))
    for words in (
        "Nothing is charged. The client is asked to pay €36.00 by Apr 22, 2026.",
        "New plan: Large Apr 8 – May 7, 2026 (30 days) · €60.00 + €12.00 tax (20%) €72.00",
        "−€36.00",
        "Due today incl. €6.00 tax €36.00",
    ):
        assert words in page, page
    send(admin, f"{url}/approve", note="Enjoy")
    first.refresh_from_db()
    assert (first.status, first.note) == ("awaiting_payment", "Enjoy")
    assert rows(admin, "/admin/plan-changes") == []
    assert rows(admin, "/admin/plan-changes?status=awaiting_payment") == [first]
    assert admin.post(f"{url}/approve", {}).status_code == 409


def test_a_no_needs_a_note(admin: HttpsTestClient, service: Service) -> None:
    change = asked(service, approval=True)
    url = f"/admin/plan-changes/{change.pk}/reject"
    assert send(admin, url, note="").status_code == 422
    send(admin, url, note="Sold out")
    change.refresh_from_db()
    assert (change.status, change.note) == ("rejected", "Sold out")


def test_figures_that_are_not_those_shown_are_refused(
    admin: HttpsTestClient, service: Service
) -> None:
    change = asked(service, approval=True, use_credit=True)
    url = f"/admin/plan-changes/{change.pk}/approve"
    opened = open_form(admin, url)
    add_credit(client=service.client, currency_code="EUR", amount=1000, ctx=CTX)
    late = admin.post(url, opened)
    assert late.status_code == 422
    change.refresh_from_db()
    assert change.status == "pending"


def test_a_request_that_cannot_be_carried_out_says_why(
    admin: HttpsTestClient, service: Service
) -> None:
    change = asked(service, approval=True)
    service.product.group.products.filter(name="Large").update(status="hidden")
    page = text_of(admin.get(f"/admin/plan-changes/{change.pk}/on-account"))
    assert "isn't available" in page or "not offered" in page or "available" in page


def test_on_account_says_what_becomes_due_when_and_does_it(
    admin: HttpsTestClient, service: Service
) -> None:
    change = asked(service)
    url = f"/admin/plan-changes/{change.pk}/on-account"
    page = text_of(admin.get(url))
    assert "before it's paid. €36.00 becomes due on Apr 22, 2026." in page
    answer = send(admin, url, note="For our best client")
    assert answer.status_code == 303
    change.refresh_from_db()
    invoice = Invoice.objects.get(kind="plan_change")
    assert (change.status, change.invoice, change.note) == (
        *("applied", invoice, "For our best client"),
    )
    assert (invoice.status, invoice.amount_due) == ("unpaid", 3600)
    page = text_of(admin.get(f"/admin/plan-changes/{change.pk}"))
    [note] = CreditNote.objects.all()
    for words in (str(invoice.number), note.number, "€36.00", change.reference):
        assert words in page


def test_on_account_less_the_credit_that_was_ticked(
    admin: HttpsTestClient, service: Service
) -> None:
    add_credit(client=service.client, currency_code="EUR", amount=1000, ctx=CTX)
    change = asked(service, use_credit=True)
    page = text_of(admin.get(f"/admin/plan-changes/{change.pk}/on-account"))
    assert "€26.00 becomes due" in page


def test_on_account_needs_both_permissions(service: Service) -> None:
    with clock.freeze_time(make.AT):
        change = asked(service)
        billing = staff_browser(make_staff("billing"))  # may make invoices
        assert "on-account" not in names(billing.get(f"/admin/plan-changes/{change.pk}"))
        assert billing.get(f"/admin/plan-changes/{change.pk}/on-account").status_code == 403


def test_staff_withdraw_with_a_reason(admin: HttpsTestClient, service: Service) -> None:
    change = asked(service)
    url = f"/admin/plan-changes/{change.pk}/withdraw"
    assert send(admin, url, reason="").status_code == 422
    send(admin, url, reason="Wrong service")
    change.refresh_from_db()
    assert change.status == "withdrawn"
    page = admin.get(f"/admin/plan-changes/{change.pk}")
    assert names(page)["withdraw"] == "This plan change has already ended."
    assert names(page)["pdf"] == "There is nothing to pay for this plan change."


def test_staff_have_the_payment_request(admin: HttpsTestClient, service: Service) -> None:
    change = asked(service)
    url = f"/admin/plan-changes/{change.pk}/pdf"
    assert url in admin.get(f"/admin/plan-changes/{change.pk}").content.decode()
    answer = admin.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    pay_request(change, change.total)
    assert admin.get(url).status_code == 404


def test_a_plan_changes_at_the_figures_that_the_page_showed(
    admin: HttpsTestClient, service: Service
) -> None:
    at = f"/admin/services/{service.pk}/plan"
    [(offer, text), _small] = admin.get(at).context["form"].fields["plan"].choices
    assert text == "Large, monthly: €60.00 · €36.00 due today"
    product, cycle, *_figures = offer.split(":")
    forged = ":".join([product, cycle, "0", "0", "0"])
    assert send(admin, at, plan=forged).status_code == 422
    answer = send(admin, at, plan=offer)
    change = PlanChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/admin/plan-changes/{change.pk}")
    assert (change.product.name, change.status) == ("Large", "awaiting_payment")
    assert (change.requested_by, change.uses_credit) == (None, False)


@pytest.mark.parametrize("ticked", ["on", None])
def test_staff_who_may_apply_credit_say_whether_it_pays(
    admin: HttpsTestClient, service: Service, ticked: str | None
) -> None:
    add_credit(client=service.client, currency_code="EUR", amount=5000, ctx=CTX)
    at = f"/admin/services/{service.pk}/plan"
    page = admin.get(at)
    assert "Use the client's credit (€50.00)" in text_of(page)
    [(offer, _text), _small] = page.context["form"].fields["plan"].choices
    send(admin, at, plan=offer, use_credit=ticked)
    change = PlanChange.objects.get()
    assert change.status == ("applied" if ticked else "awaiting_payment")


def test_what_was_paid_elsewhere_is_stated_and_listed(
    admin: HttpsTestClient, service: Service
) -> None:
    at = f"/admin/services/{service.pk}/paid-elsewhere"
    typed = {"amount": "12.50", "first_day": "2026-05-08", "last_day": "2026-06-07"}
    assert send(admin, at, **typed | {"reason": ""}).status_code == 422
    wrong = send(admin, at, **typed | {"last_day": "2026-05-07"}, reason="Old host")
    assert wrong.status_code == 422
    assert send(admin, at, **typed, reason="Old host").status_code == 303
    row = PaidElsewhere.objects.get()
    assert (row.amount, row.period_start, row.period_end) == (
        *(1250, date(2026, 5, 8), date(2026, 6, 8)),
    )
    assert "€12.50" in text_of(admin.get(f"/admin/services/{service.pk}"))


def test_nothing_is_given_back_of_what_was_stated_for_days_that_are_over(
    service: Service,
) -> None:
    with clock.freeze_time(make.AT):
        state_paid_elsewhere(
            service=service,
            amount=1000,
            first_day=make.AT.date() - timedelta(days=30),
            last_day=make.AT.date() - timedelta(days=1),
            reason="Old host",
            ctx=CTX,
        )
        assert asked(service).total == 3600
