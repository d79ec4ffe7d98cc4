"""billing.md 10: each step of the daily run says what it did, and nothing when there was nothing to do."""

from datetime import date, timedelta

import pytest

from commerce.billing.models import InvoiceSubject
from commerce.billing.periods import dunning_steps, renewal_steps
from commerce.kit.context import SYSTEM, Context
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.billing.periods.test_periods import on, renewal_of, set_fee
from tests.make.renewals import RENEWED_AT

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
TODAY = make.AT.date()


def day(days: int) -> RunDay:
    """So many days after everything was made."""
    return on(TODAY + timedelta(days=days))


def test_what_becomes_of_a_late_invoice_is_counted() -> None:
    set_fee("fixed", "EUR 5.00")
    client = make.make_client()
    service = make.make_service(client)
    invoice = make.make_invoice(client, kind="renewal")  # due on the 14th day
    InvoiceSubject.objects.create(invoice=invoice, service=service)
    late, off = day(15), day(17)
    assert list(dunning_steps.find_overdue(day(14))) == []
    assert list(dunning_steps.find_overdue(late)) == [invoice]
    assert list(dunning_steps.find_invoices_without_fee(late)) == []
    assert dunning_steps.mark_invoice_overdue(invoice.pk, late) == {"invoices": 1}
    assert dunning_steps.mark_invoice_overdue(invoice.pk, late) == {}
    assert list(dunning_steps.find_invoices_without_fee(late)) == [invoice]
    assert dunning_steps.charge_late_fee(invoice.pk, late) == {"invoices": 1}
    assert dunning_steps.charge_late_fee(invoice.pk, late) == {}
    assert dunning_steps.remind_of_invoice(invoice.pk, late) == {"reminders": 1}
    assert dunning_steps.remind_of_invoice(invoice.pk, late) == {}
    assert dunning_steps.suspend_overdue_service(service.pk, late) == {}
    assert dunning_steps.suspend_overdue_service(service.pk, off) == {"services": 1}
    assert dunning_steps.suspend_overdue_service(service.pk, off) == {}


def test_nobody_is_found_for_a_reminder_where_there_is_none_or_a_later_one_went_out() -> None:
    invoice = make.make_invoice()
    assert list(dunning_steps.find_invoices_to_remind(day(10))) == []
    assert list(dunning_steps.find_invoices_to_remind(day(11))) == [invoice]
    assert dunning_steps.remind_of_invoice(invoice.pk, day(24)) == {"reminders": 1}
    assert list(dunning_steps.find_invoices_to_remind(day(24))) == []
    other = make.make_invoice()
    assert list(dunning_steps.find_invoices_to_remind(day(24))) == [other]
    set_setting(key="billing.reminder_days", value="", ctx=CTX)
    assert list(dunning_steps.find_invoices_to_remind(day(24))) == []


def test_fees_with_tax_are_foreseen_only_where_they_bear_it() -> None:
    set_fee("fixed", "EUR 5.00")
    invoice = make.make_invoice()
    assert list(dunning_steps.find_invoices_for_taxed_fees(day(15))) == []
    set_setting(key="billing.late_fee_tax", value="on", ctx=CTX)
    assert list(dunning_steps.find_invoices_for_taxed_fees(day(15))) == [invoice]
    assert list(dunning_steps.find_invoices_for_taxed_fees(day(14))) == []


def test_what_is_renewed_is_counted_by_invoices_and_free_periods() -> None:
    client = make.make_client()
    make.make_service(client)
    make.make_service(client, currency_code="USD")
    make.make_service(client, amount=0)
    closed = make.make_client()
    make.make_service(closed)
    when = RunDay(RENEWED_AT.date(), RENEWED_AT)
    assert set(renewal_steps.find_clients_to_renew(when)) == {client, closed}
    said = renewal_steps.renew_services_of(client.pk, when)
    assert said == {"invoices": 2, "free periods": 0}
    assert set(renewal_steps.find_clients_to_renew(when)) == {closed}
    free = renewal_steps.renew_services_of(client.pk, day(30))
    assert free == {"invoices": 0, "free periods": 1}


def test_what_becomes_of_names_is_counted() -> None:
    client = make.make_client()
    soon = make.make_domain(client, expiry_date=date(2026, 5, 7))
    make.make_domain(client, expiry_date=date(2026, 5, 7), currency_code="USD")
    assert list(renewal_steps.find_clients_with_domains_to_renew(day(0))) == [client]
    assert renewal_steps.renew_domains_of(client.pk, day(0)) == {"invoices": 2}
    assert renewal_steps.renew_domains_of(client.pk, day(0)) == {"invoices": 0}
    assert soon not in renewal_steps.find_domains_to_advance(day(29))
    assert soon in renewal_steps.find_domains_to_advance(day(30))
    assert renewal_steps.advance_domain(soon.pk, day(30)) == {"domains": 1}
    assert renewal_steps.advance_domain(soon.pk, day(30)) == {"domains": 0}


def test_a_renewal_that_is_taken_back_is_counted_and_a_notice_too() -> None:
    lost = renewal_of(make.make_domain())
    assert renewal_steps.abandon_renewal(lost.pk, day(1)) == {"renewals taken back": 1}
    lost.refresh_from_db()
    assert lost.status == "released"
    name = make.make_domain(expiry_date=TODAY + timedelta(days=30))
    assert renewal_steps.notify_of_expiry(name.pk, day(0)) == {"notices": 1}
    assert renewal_steps.notify_of_expiry(name.pk, day(0)) == {}
