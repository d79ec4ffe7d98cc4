"""support-and-content.md 9: contracts that consumers end, to the unit and the day; money goes back the way it came."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from commerce.billing.changes.cancellations.actions import carry_out_cancellation
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import CreditAccount, CreditNote, Invoice
from commerce.consumers.actions.carrying_out import carry_out_statement
from commerce.consumers.actions.statements import answer_statement
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.working_out import change_in_time, work_out
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.payments.models import Refund
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_all_jobs
from tests.make.plan_changes import bought, change, plan, rate_from, wish
from tests.make.proof import assert_proven
from tests.make.records import make_group
from tests.make.renewals import renew_services_of
from tests.make.statements import begin_at_once, state, switch_on_consumers

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 4, 8, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _consumers(provider: FakeProvider) -> None:
    switch_on_consumers()
    rate_from(date(2020, 1, 1), 19_000)


def ctx(at: datetime) -> Context:
    return Context(at, SYSTEM)


def buy(cycle: str, price: int, setup: int = 0, gateway: str = "fake") -> Service:
    """A service of a private client in Germany, paid by card: 19 % on top."""
    product = plan(make_group(), setup=setup, **{"monthly": 900, cycle: price})
    [service] = bought(wish(product, cycle=cycle), at=FIRST, gateway=gateway)
    return service


def renew(service: Service, at: datetime) -> Invoice:
    """The next period is billed, and paid by card."""
    [made] = renew_services_of(service.client, at).invoices
    invoice = Invoice.objects.get(pk=made)
    make.make_payment(invoice, at=at, gateway="fake")
    service.refresh_from_db()
    return invoice


def let_end(service: Service, day: date) -> None:
    at = datetime.combine(day, FIRST.timetz())
    run_all_jobs(at, failing=True)
    assert carry_out_cancellation(service=service, ctx=ctx(at))
    run_all_jobs(at, failing=True)


def given_back(statement: ConsumerStatement) -> int | None:
    statement.refresh_from_db()
    return statement.given_back


def test_in_its_first_term_a_contract_ends_with_it() -> None:
    service = buy("annually", 12_000)
    statement = state(about=service, at=FIRST + timedelta(days=40))
    carry_out_statement(statement=statement, ctx=ctx(FIRST + timedelta(days=40)))
    service.refresh_from_db()
    assert (service.status, service.ends_on) == ("active", date(2027, 4, 8))
    let_end(service, date(2027, 4, 8))
    assert (given_back(statement), CreditNote.objects.count()) == (0, 0)
    assert_proven(FIRST)


def test_a_contract_that_renewed_itself_ends_after_a_month_and_the_rest_goes_back() -> None:
    """§ 309 no. 9 BGB: paid from 8 Apr 2027 for a year, ended on 1 Jun, over on 1 Jul: 282 of 366 days."""
    service = buy("annually", 12_000)
    renew(service, datetime(2027, 4, 2, 12, tzinfo=UTC))
    stated = datetime(2027, 6, 1, 9, tzinfo=UTC)
    statement = state(about=service, at=stated)
    carry_out_statement(statement=statement, ctx=ctx(stated))
    service.refresh_from_db()
    assert (service.status, service.ends_on) == ("active", date(2027, 7, 1))
    let_end(service, date(2027, 7, 1))
    # round(12,000 × 282 ÷ 366) = 9,246 net, 19 % of it is 1,757
    note = CreditNote.objects.get()
    assert (note.subtotal, note.tax_amount, note.total) == (9_246, 1_757, 11_003)
    assert given_back(statement) == 11_003
    refund = Refund.objects.get()
    assert (refund.amount, refund.is_paid_back, refund.status) == (11_003, True, "accepted")
    assert CreditAccount.objects.get().balance == 0
    assert_proven(stated)


def test_a_renewed_monthly_contract_ends_with_what_is_paid() -> None:
    service = buy("monthly", 900)
    renew(service, datetime(2026, 5, 2, 12, tzinfo=UTC))
    stated = datetime(2026, 5, 20, 9, tzinfo=UTC)
    statement = state(about=service, at=stated)
    carry_out_statement(statement=statement, ctx=ctx(stated))
    service.refresh_from_db()
    assert service.ends_on == service.next_due_date == date(2026, 6, 8)
    let_end(service, date(2026, 6, 8))
    assert given_back(statement) == 0


def test_a_term_that_was_paid_ahead_comes_back_whole() -> None:
    service = buy("monthly", 900)
    renew(service, datetime(2026, 5, 2, 12, tzinfo=UTC))
    stated = datetime(2026, 5, 3, 9, tzinfo=UTC)
    statement = state(about=service, at=stated)
    carry_out_statement(statement=statement, ctx=ctx(stated))
    service.refresh_from_db()
    assert service.ends_on == date(2026, 5, 8)
    let_end(service, date(2026, 5, 8))
    assert given_back(statement) == 900 + 171


def test_an_ending_for_cause_takes_effect_on_its_day() -> None:
    service = buy("annually", 12_000)
    stated = FIRST + timedelta(days=73)
    statement = state(about=service, at=stated, ending_kind="for_cause", cause="Down for a week")
    carry_out_statement(statement=statement, ctx=ctx(stated))
    service.refresh_from_db()
    assert service.status == "cancelled"
    run_all_jobs(stated, failing=True)
    # 292 of 365 days are left: four fifths
    assert given_back(statement) == 9_600 + 1_824


def test_an_open_renewal_is_due_no_more_beyond_the_end() -> None:
    """Ended on 20 April for 20 May; the renewal of 8 May is open, and less is due of it."""
    service = buy("annually", 12_000)
    at = datetime(2027, 4, 2, 12, tzinfo=UTC)
    [made] = renew_services_of(service.client, at).invoices
    stated = datetime(2027, 4, 20, 9, tzinfo=UTC)
    statement = state(about=service, at=stated, ending_kind="for_cause", cause="Down for a week")
    carry_out_statement(statement=statement, ctx=ctx(stated))
    run_all_jobs(stated, failing=True)
    invoice = Invoice.objects.get(pk=made)
    # 12 of 366 days were used: the note is over 354.
    assert given_back(statement) == 11_607 + 2_205
    assert invoice.amount_due == 14_280 - (11_607 + 2_205)
    assert not Refund.objects.exists()
    assert_proven(stated)


def test_a_withdrawal_without_consent_gives_all_back() -> None:
    service = buy("annually", 12_000, setup=1_000)
    stated = FIRST + timedelta(days=10)
    statement = state("withdrawal", about=service, at=stated)
    carry_out_statement(statement=statement, ctx=ctx(stated))
    run_all_jobs(stated, failing=True)
    service.refresh_from_db()
    assert service.status == "cancelled"
    assert given_back(statement) == 15_470
    assert Refund.objects.get().amount == 15_470
    assert Invoice.objects.get().status == "refunded"
    assert_proven(stated)


def test_who_asked_to_begin_pays_for_the_days_used() -> None:
    """Ten of 365 days, of the price and of the setup fee beside it."""
    service = buy("annually", 12_000, setup=1_000)
    begin_at_once(service.client, service.order_unit.item.order, FIRST)
    stated = FIRST + timedelta(days=10)
    statement = state("withdrawal", about=service, at=stated)
    carry_out_statement(statement=statement, ctx=ctx(stated))
    run_all_jobs(stated, failing=True)
    # round(12,000 × 355 ÷ 365) = 11,671 and round(1,000 × 355 ÷ 365) = 973, with 2,217 and 185 of tax
    assert given_back(statement) == 11_671 + 973 + 2_217 + 185
    assert_proven(stated)


def buy_and_upgrade(day: int) -> Service:
    """30 days at 30.00 from 8 April, with a setup fee of 10.00; some days later a plan at 60.00."""
    group = make_group()
    small, large = plan(group, 3_000, setup=1_000), plan(group, 6_000)
    [service] = bought(wish(small), at=FIRST, gateway="fake")
    begin_at_once(service.client, service.order_unit.item.order, FIRST)
    change(service, large, FIRST + timedelta(days=day))
    return service


def test_a_setup_fee_has_the_days_of_its_order_whatever_plan_came_after() -> None:
    """Changed on day 10, withdrawn on day 15: half of the fee, and 15 of the 20 days that the change charged for."""
    service = buy_and_upgrade(10)
    stated = FIRST + timedelta(days=15)
    statement = state("withdrawal", about=service, at=stated)
    set_setting(key="consumer.withdrawal_days", value="30", ctx=ctx(FIRST))
    carry_out_statement(statement=statement, ctx=ctx(stated))
    assert given_back(statement) == 500 + 95 + 3_000 + 570
    assert_proven(stated)


def test_days_before_a_change_that_came_after_the_statement_go_back_too() -> None:
    """Stated on day 10, changed on day 12: two of the twelve days that stayed at 30.00, and 18 at 60.00."""
    service = buy_and_upgrade(12)
    statement = state("withdrawal", about=service, at=FIRST + timedelta(days=10))
    carry_out_statement(statement=statement, ctx=ctx(FIRST + timedelta(days=13)))
    # round(1,200 × 2 ÷ 12) = 200, round(1,000 × 20 ÷ 30) = 667, 3,600
    assert given_back(statement) == (200 + 38) + (667 + 127) + (3_600 + 684)
    assert_proven(FIRST)


def test_who_withdraws_twice_gets_it_once() -> None:
    service = buy("annually", 12_000, setup=1_000)
    begin_at_once(service.client, service.order_unit.item.order, FIRST)
    stated = FIRST + timedelta(days=10)
    first, second = (state("withdrawal", about=service, at=stated) for _ in range(2))
    carry_out_statement(statement=first, ctx=ctx(stated))
    carry_out_statement(statement=second, ctx=ctx(stated))
    assert (given_back(second), CreditNote.objects.count()) == (0, 1)


def test_what_was_used_of_an_open_renewal_stays_due() -> None:
    """Renewed for 8 May to 7 June, withdrawn on 18 May: 10 of 31 days."""
    set_setting(key="consumer.withdrawal_days", value="60", ctx=ctx(FIRST))
    service = buy("monthly", 3_000)
    begin_at_once(service.client, service.order_unit.item.order, FIRST)
    [made] = renew_services_of(service.client, datetime(2026, 5, 2, 12, tzinfo=UTC)).invoices
    stated = datetime(2026, 5, 18, 12, tzinfo=UTC)
    statement = state("withdrawal", about=service, at=stated)
    carry_out_statement(statement=statement, ctx=ctx(stated))
    assert given_back(statement) == 2_032 + 386
    assert Invoice.objects.get(pk=made).amount_due == 3_570 - (2_032 + 386)
    assert_proven(stated)


def test_a_period_that_is_given_back_is_not_booked_as_paid() -> None:
    """Two units on one renewal, 60.00 of 71.40 paid: the note over one of them pays the rest of the other."""
    first, second = bought(wish(plan(make_group(), 3_000), qty=2), at=FIRST, gateway="fake")
    at = datetime(2026, 5, 2, 12, tzinfo=UTC)
    [made] = renew_services_of(first.client, at).invoices
    invoice = Invoice.objects.get(pk=made)
    make.make_payment(invoice, at=at, gateway="fake", amount=6_000)
    statement = state("withdrawal", about=second, at=at)
    carry_out_statement(statement=statement, ctx=ctx(at))
    periods = dict(invoice.billed_periods.values_list("service_id", "status"))
    assert periods == {first.pk: "paid", second.pk: "released"}
    assert given_back(statement) == 2 * 3_570
    assert CreditAccount.objects.get().balance + 3_570 + 2_430 == 6_000  # both on their way
    assert_proven(at)


def test_a_change_can_be_withdrawn_from_by_itself_and_staff_do_it_by_hand() -> None:
    """An order whose time is over, and a change of its plan five days ago: changed back, and its invoice credited.

    What 10 of 30 days cost at 60.00 comes back whole, used or not, less what 5 of them cost at 30.00.
    """
    group = make_group()
    small, large = plan(group, 3_000), plan(group, 6_000)
    [service] = bought(wish(small), at=FIRST, gateway="fake")
    begin_at_once(service.client, service.order_unit.item.order, FIRST)
    changed = change(service, large, FIRST + timedelta(days=20))
    stated = FIRST + timedelta(days=25)
    statement = state("withdrawal", about=service, at=stated)
    assert isinstance(work_out(statement, stated).problem, BusinessError)
    assert change_in_time(statement) == (changed, date(2027, 5, 12))
    run_all_jobs(FIRST + timedelta(days=20), failing=True)  # its mail, with the instruction
    assert change_in_time(statement) == (changed, date(2026, 5, 12))
    earlier = state("withdrawal", about=service, at=FIRST + timedelta(days=19))
    assert change_in_time(earlier) is None
    change(service, small, stated)
    assert changed.invoice is not None
    rest = changed.invoice.total - CreditNote.objects.get(invoice=changed.invoice).total
    credit_invoice(invoice=changed.invoice, amount=rest, reason="Withdrawn from", ctx=ctx(stated))
    changed.invoice.refresh_from_db()
    assert (changed.invoice.status, changed.invoice.total) == ("refunded", 2_000 + 380)
    assert CreditAccount.objects.get().balance == 2_380 - (500 + 95)
    answer_statement(statement=statement, answer="Changed back.", ctx=ctx(stated))
    assert_proven(stated)


def test_a_withdrawal_is_in_time_until_the_next_working_day() -> None:
    """Wed 8 Apr + 14 days is Wed 22 Apr; without the instruction a year later, Thu 22 Apr 2027."""
    service = buy("annually", 12_000)
    for day, in_time in ((date(2027, 4, 22), True), (date(2027, 4, 23), False)):
        at = datetime.combine(day, FIRST.timetz())
        statement = state("withdrawal", about=service, at=at)
        if in_time:
            with transaction.atomic():
                carry_out_statement(statement=statement, ctx=ctx(at))
                transaction.set_rollback(True)
        else:
            with pytest.raises(BusinessError, match="withdrawal period ended"):
                carry_out_statement(statement=statement, ctx=ctx(at))
    begin_at_once(service.client, service.order_unit.item.order, FIRST)
    late = state("withdrawal", about=service, at=FIRST + timedelta(days=15))
    with pytest.raises(BusinessError, match="withdrawal period ended"):
        carry_out_statement(statement=late, ctx=ctx(FIRST + timedelta(days=15)))


def test_a_name_that_was_registered_with_consent_gives_nothing_back() -> None:
    client = make.make_client()
    domain = make.make_domain(client, at=FIRST)
    statement = state("withdrawal", about=domain, at=FIRST)
    carry_out_statement(statement=statement, ctx=ctx(FIRST))
    domain.refresh_from_db()
    assert (given_back(statement), domain.auto_renew) == (0, False)


def test_what_no_card_takes_back_is_a_payout_for_staff() -> None:
    service = buy("annually", 12_000, gateway="bank_transfer")
    statement = state("withdrawal", about=service, at=FIRST)
    carry_out_statement(statement=statement, ctx=ctx(FIRST))
    run_all_jobs(FIRST, failing=True)
    assert not Refund.objects.exists()
    assert CreditAccount.objects.get().balance == 14_280
    assert OutgoingMail.objects.filter(event="consumer_payout").count() == 1


def test_a_service_that_was_kept_after_all_gives_nothing_back() -> None:
    from commerce.hosting.actions.editing import schedule_service_end

    service = buy("annually", 12_000)
    renew(service, datetime(2027, 4, 2, 12, tzinfo=UTC))
    stated = datetime(2027, 6, 1, 9, tzinfo=UTC)
    statement = state(about=service, at=stated)
    carry_out_statement(statement=statement, ctx=ctx(stated))
    schedule_service_end(service=service, ends_on=None, ctx=ctx(stated))
    let_end(service, date(2027, 9, 1))
    assert (given_back(statement), CreditNote.objects.count()) == (0, 0)


def test_a_statement_stays_as_it_was_made() -> None:
    statement = state()
    for over in ({"name": "Joe"}, {"contract": "x"}, {"made_at": FIRST}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ConsumerStatement.objects.filter(pk=statement.pk).update(**over)
    with pytest.raises(DatabaseError), transaction.atomic():
        statement.delete()
