"""What each action of payments is called with, for ``cases``."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.books.rules import last_day_of
from commerce.billing.models import BooksMonth
from commerce.kit.context import SYSTEM, Context
from commerce.kit.periods import add_months
from commerce.payments.actions.attempts import (
    close_attempt,
    expire_attempts,
    fail_attempt,
    note_decline,
    open_attempt,
    start_attempt,
)
from commerce.payments.actions.booking import book_reported_payment, record_payment
from commerce.payments.actions.disputes import (
    lose_dispute,
    open_dispute,
    open_dispute_manually,
    win_dispute,
)
from commerce.payments.actions.gateway_events import process_gateway_event
from commerce.payments.actions.manual import (
    assign_unallocated_payment,
    record_manual_payment,
    record_manual_payment_of_invoices,
    return_unallocated_payment,
)
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.refund_results import (
    accept_refund,
    complete_refund,
    fail_refund,
)
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.states import move_payment
from commerce.payments.actions.transfer_notices import (
    confirm_transfer_notice,
    lapse_transfer_notices,
    reject_transfer_notice,
    submit_transfer_notice,
)
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.gateways.contract import PaymentReport
from commerce.payments.models import Attempt, GatewayEvent, UnallocatedPayment
from commerce.payments.month_closing.actions import close_month, reopen_month
from commerce.runs.models import DailyRun
from tests import make
from tests.audit import cases_of_cards
from tests.make.payments import (
    declare_transfer,
    dispute_payment,
    make_requested_refund,
    refund_whole_payment,
    switch_on_bank_transfer,
)

LATER = make.AT + timedelta(days=60)
DAY = LATER.date()
CTX = Context(LATER, SYSTEM)

type Act = Callable[[], object]
type Case = Callable[[Client], Act]

MONEY: dict[str, Any] = {
    "gateway": "stripe",
    "transaction_id": "pi_2",
    "amount": 400,
    "currency_code": "EUR",
    "received_on": DAY,
}


def an_unallocated_payment(client: Client) -> UnallocatedPayment:
    came = MONEY | {"received_on": make.AT.date(), "transaction_id": f"pi_{client.pk}"}
    return record_unallocated_payment(**came, reason="reference", ctx=Context(make.AT, SYSTEM))


_number = count()


def a_month(*, step: int = 1, **over: Any) -> BooksMonth:
    """A month that is over, and whose runs are done; before the one that was made last, or after it."""
    DailyRun.objects.create(date=DAY, started_at=LATER, started_by="test", ended_at=LATER)
    month = add_months(date(2000, 1, 1), -step * next(_number))
    return BooksMonth.objects.create(month=month, last_day=last_day_of(month), **over)


def noticed(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(
        act,
        notice=declare_transfer(make.make_invoice(client)),
        **more,
    )


def started(**say: Any) -> Attempt:
    switch_on_bank_transfer()
    return start_attempt(**say)


def declared(client: Client) -> Act:
    switch_on_bank_transfer()
    return prepared(submit_transfer_notice, invoice=make.make_invoice(client))


def tried(act: Callable[..., object], **more: Any) -> Case:
    def case(client: Client) -> Act:
        attempt = started(
            invoice=make.make_invoice(client),
            gateway="bank_transfer",
            created_by=None,
            ctx=Context(make.AT, SYSTEM),
        )
        if act in (close_attempt, note_decline):
            open_attempt(attempt=attempt, reference=f"r{client.pk}", ctx=Context(make.AT, SYSTEM))
        return prepared(act, attempt=attempt, **more)

    return case


def reported(client: Client) -> PaymentReport:
    """A part that was paid of an attempt which is open."""
    attempt = started(
        invoice=make.make_invoice(client),
        gateway="bank_transfer",
        created_by=None,
        ctx=Context(make.AT, SYSTEM),
    )
    open_attempt(attempt=attempt, reference=f"r{client.pk}", ctx=Context(make.AT, SYSTEM))
    return PaymentReport("paid", f"r{client.pk}", "pi_3", 400, "EUR")


def heard(client: Client) -> Act:
    return prepared(apply_payment_report, gateway="bank_transfer", report=reported(client))


def heard_in_an_event(client: Client) -> Act:
    event = GatewayEvent.objects.create(
        gateway="bank_transfer", event_id=f"e{client.pk}", body=b"{}", received_at=make.AT
    )
    return prepared(process_gateway_event, event=event, reports=[reported(client)])


def invoice(status: str, act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, invoice=make.make_invoice(client, status), **more)


def payment(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(
        act, payment=make.make_payment(make.make_invoice(client)), **more
    )


def refund(act: Callable[..., object], *, accepted: bool = False, **more: Any) -> Case:
    def case(client: Client) -> Act:
        paid = make.make_payment(make.make_invoice(client))
        row = make_requested_refund(paid, 1200)
        if accepted:
            accept_refund(refund=row, reference=f"re_{row.pk}", ctx=Context(make.AT, SYSTEM))
        return prepared(act, refund=row, **more)

    return case


def disputed(act: Callable[..., object]) -> Case:
    def case(client: Client) -> Act:
        paid = make.make_payment(make.make_invoice(client))
        dispute = dispute_payment(payment=paid, reason="unknown", ctx=Context(make.AT, SYSTEM))
        return prepared(act, dispute=dispute)

    return case


def prepared(act: Callable[..., object], **given: Any) -> Act:
    return lambda: act(**given, ctx=CTX)


CASES: dict[str, Case] = {
    "payments.record_payment": invoice(
        "unpaid",
        record_payment,
        money=ReceivedMoney(**MONEY | {"transaction_id": "pi_1"}),
    ),
    "payments.apply_payment_report": heard,
    "payments.process_gateway_event": heard_in_an_event,
    "payments.book_reported_payment": invoice(
        "unpaid", book_reported_payment, money=ReceivedMoney(**MONEY)
    ),
    "payments.record_manual_payment": invoice(
        "unpaid",
        record_manual_payment,
        method="cash",
        amount=400,
        received_on=DAY,
        idempotency_key="form",
    ),
    "payments.record_manual_payment_of_invoices": lambda client: prepared(
        record_manual_payment_of_invoices,
        invoices=[make.make_invoice(client), make.make_invoice(client)],
        method="cash",
        amount=1600,
        received_on=DAY,
        idempotency_key="form",
    ),
    "payments.record_unallocated_payment": lambda _client: prepared(
        record_unallocated_payment, **MONEY, reason="reference"
    ),
    "payments.assign_unallocated_payment": lambda client: prepared(
        assign_unallocated_payment,
        unallocated=an_unallocated_payment(client),
        to=make.make_invoice(client),
    ),
    "payments.return_unallocated_payment": lambda client: prepared(
        return_unallocated_payment, unallocated=an_unallocated_payment(client), note="sent back"
    ),
    "payments.submit_transfer_notice": declared,
    "payments.confirm_transfer_notice": noticed(
        confirm_transfer_notice, amount=1200, received_on=DAY, reference=""
    ),
    "payments.reject_transfer_notice": noticed(reject_transfer_notice, reason="not found"),
    "payments.lapse_transfer_notices": lambda _client: (
        lambda: lapse_transfer_notices(day=DAY, ctx=CTX)
    ),
    "payments.start_attempt": invoice("unpaid", started, gateway="bank_transfer", created_by=None),
    "payments.open_attempt": tried(open_attempt, reference="r"),
    "payments.close_attempt": tried(close_attempt),
    "payments.note_decline": tried(note_decline, reason="declined"),
    "payments.fail_attempt": tried(fail_attempt, reason="declined"),
    "payments.expire_attempts": lambda _client: lambda: expire_attempts(ctx=CTX),
    "payments.refund_payment": payment(
        refund_payment, method="credit", amount=1200, reason="asked", idempotency_key="r"
    ),
    "payments.apply_refund_report": payment(refund_whole_payment, reason="asked"),
    "payments.accept_refund": refund(accept_refund, reference="re_1"),
    "payments.complete_refund": refund(complete_refund, accepted=True),
    "payments.fail_refund": refund(fail_refund, accepted=True, reason="The card is closed."),
    "payments.open_dispute": payment(
        open_dispute, reference="dp_1", amount=1200, reason="unknown to the payer"
    ),
    "payments.open_dispute_manually": payment(
        open_dispute_manually, reason="unknown to the payer", reference="dp_1"
    ),
    "payments.win_dispute": disputed(win_dispute),
    "payments.lose_dispute": disputed(lose_dispute),
    "payments.reverse_payment": payment(reverse_payment, reason="cheque bounced"),
    "payments.close_month": lambda _client: prepared(close_month, month=a_month()),
    "payments.reopen_month": lambda _client: prepared(
        reopen_month,
        month=a_month(step=-1, status="closed", closed_at=LATER, ends_at=LATER),
        reason="x",
    ),
    "payments.move_payment": payment(move_payment, to="reversed"),
    **cases_of_cards.CASES,
}

UNSEEN = {
    *("payments.close_month", "payments.reopen_month"),
    *(
        "payments.record_unallocated_payment",
        "payments.return_unallocated_payment",
        "payments.reject_transfer_notice",
    ),
    *("payments.lapse_transfer_notices", "payments.expire_attempts", "payments.start_attempt"),
    *("payments.open_attempt", "payments.close_attempt", "payments.fail_attempt"),
    *cases_of_cards.UNSEEN,
    "payments.note_decline",
    *("payments.complete_refund", "payments.fail_refund", "payments.open_dispute"),
    *("payments.open_dispute_manually", "payments.win_dispute"),
}
"""What the API does not show."""
