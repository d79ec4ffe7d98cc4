"""What a statement would do: when its contract ends, and what goes back of which invoice (support-and-content.md 9)."""

from dataclasses import dataclass
from datetime import date, datetime

from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.changes.plan_changes.unused_time import (
    InvoiceCredit,
    rest_of_contract,
    whole_contract,
)
from commerce.billing.invoices.credit_note_rules import CreditedShare
from commerce.billing.invoices.line_shares import remaining_shares
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES, InvoiceStatus
from commerce.billing.models import PlanChange
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.rules import (
    EndingKind,
    RunningContract,
    StatementKind,
    WithdrawalPeriod,
    ending_day,
)
from commerce.domains.models import Domain
from commerce.domains.rules import REGISTERED_DOMAIN_STATUSES, DomainStatus
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.kit.errors import StateConflict
from commerce.kit.periods import MONTHS_PER_CYCLE, period_start
from commerce.orders.actions.undelivered import positions_of_name
from commerce.orders.models import OrderItem, OrderUnit
from commerce.presentation.formats import format_day
from commerce.site_settings.current import business_date, get_setting
from commerce.support.consumers.queries import (
    asked_to_begin,
    instruction_copy_of,
    notice_months,
)


@dataclass(frozen=True, slots=True)
class StatementEffect:
    """What a person sees of an outcome before it is carried out: the first day without the contract, and what is
    credited, with tax. ``key`` is how a form sends it.
    """

    ends_on: date
    total: int

    @property
    def key(self) -> str:
        return f"{self.ends_on}:{self.total}"

    @classmethod
    def of_key(cls, key: str) -> "StatementEffect":
        day, _colon, total = key.partition(":")
        return cls(date.fromisoformat(day), int(total))


@dataclass(frozen=True, slots=True)
class StatementOutcome:
    """What carrying out a statement does; nothing while there is a ``problem``.

    ``credits`` are the credit notes of a withdrawal, or those that an ending brings on its last day as documents are
    now. ``last_day`` is that of a withdrawal; ``is_whole``: nothing was used that has to be paid for.
    """

    ends_on: date
    currency_code: str
    credits: tuple[InvoiceCredit, ...] = ()
    last_day: date | None = None
    is_whole: bool = False
    problem: StateConflict | None = None

    @property
    def total(self) -> int:
        """With tax: what is due no more, and what goes back."""
        return sum(credit.total for credit in self.credits)

    @property
    def effect(self) -> StatementEffect:
        return StatementEffect(self.ends_on, self.total)


def work_out(statement: ConsumerStatement, at: datetime) -> StatementOutcome:
    """What it would do now. Raises ``StateConflict`` while nobody said which contract it is about."""
    if statement.service is not None:
        return _of_service(statement, statement.service, business_date(at))
    if statement.domain is not None:
        return _of_domain(statement, statement.domain, business_date(at))
    raise StateConflict("consumer_statement.no_contract")


def _of_service(statement: ConsumerStatement, service: Service, today: date) -> StatementOutcome:
    stated_on = business_date(statement.made_at)
    ended = service.status not in LIVE_SERVICE_STATUSES
    if statement.kind == StatementKind.ENDING:
        ends_on = ending_day(
            running_contract(service),
            stated_on=stated_on,
            months=notice_months(service.client.country),
            kind=EndingKind(statement.ending_kind),
            wished_on=statement.wished_on,
        )
        problem = None
        if ended:
            problem = StateConflict("consumer_statement.contract_ended")
        elif service.ends_on is not None and service.ends_on <= ends_on:
            problem = StateConflict("consumer_statement.contract_ending")
        rest = tuple(rest_of_contract(service, ends_on, with_setup=False))
        return StatementOutcome(ends_on, service.currency_id, rest, problem=problem)
    period, used_counts = _withdrawal_terms(service, service.created_at)
    found = (
        rest_of_contract(service, stated_on, with_setup=True)
        if used_counts and service.activated_on is not None
        else whole_contract(service)
    )
    return StatementOutcome(
        today,
        service.currency_id,
        tuple(found),
        last_day=period.last_day,
        is_whole=not used_counts,
        problem=_too_late(period, stated_on),
    )


def _of_domain(statement: ConsumerStatement, domain: Domain, today: date) -> StatementOutcome:
    """A registered name ends with its term: its registry gives nothing back of one that has begun."""
    is_registered = domain.status in REGISTERED_DOMAIN_STATUSES
    if statement.kind == StatementKind.ENDING:
        ended = not is_registered and domain.status != DomainStatus.PENDING
        problem = StateConflict("consumer_statement.contract_ended") if ended else None
        return StatementOutcome(domain.expiry_date or today, domain.currency_id, problem=problem)
    period, used_counts = _withdrawal_terms(domain, domain.created_at)
    nothing = used_counts and domain.registration_date is not None
    problem = _too_late(period, business_date(statement.made_at))
    if problem is None and domain.status == DomainStatus.PENDING_TRANSFER:
        problem = StateConflict("consumer_statement.domain_not_released")
    return StatementOutcome(
        today,
        domain.currency_id,
        () if nothing else tuple(_credits_of_name(domain)),
        last_day=period.last_day,
        is_whole=not used_counts,
        problem=problem,
    )


def running_contract(service: Service) -> RunningContract:
    """When the first term of a contract ends: one that was agreed anew by a change of the cycle begins on that day."""
    begins = service.activated_on
    if begins is None or service.billing_cycle not in MONTHS_PER_CYCLE:
        return RunningContract(None, None)
    changes = PlanChange.objects.filter(service=service, status=PlanChangeStatus.APPLIED)
    for ended_at in changes.values_list("ended_at", flat=True):
        if ended_at is not None and business_date(ended_at) == service.anchor_date:
            begins = service.anchor_date
    return RunningContract(period_start(begins, service.billing_cycle, 1), service.next_due_date)


def change_in_time(statement: ConsumerStatement) -> tuple[PlanChange, date] | None:
    """The last plan change of a withdrawn service that cost something, and the last day to withdraw from it: a change
    is a contract of its own. None where that is over, or the change came after the statement.
    """
    if statement.kind != StatementKind.WITHDRAWAL or statement.service is None:
        return None
    done = PlanChange.objects.filter(
        service=statement.service,
        status=PlanChangeStatus.APPLIED,
        invoice__isnull=False,
        created_at__lte=statement.made_at,
    )
    change = done.select_related("product", "invoice", "service").order_by("-pk").first()
    if change is None:
        return None
    period, _used_counts = _terms("planchange", change.pk, business_date(change.created_at))
    in_time = _too_late(period, business_date(statement.made_at)) is None
    return (change, period.last_day) if in_time else None


def _withdrawal_terms(
    contract: Service | Domain, created_at: datetime
) -> tuple[WithdrawalPeriod, bool]:
    """Those of the order; a contract without one has neither consent nor instruction."""
    units = OrderUnit.objects.filter(
        **{"service" if isinstance(contract, Service) else "domain": contract}
    )
    unit = units.select_related("item__order").first()
    if unit is None:
        days = get_setting("consumer.withdrawal_days")
        return WithdrawalPeriod(business_date(created_at), None, days), False
    order = unit.item.order
    return _terms("order", order.pk, business_date(order.created_at))


def _terms(kind: str, pk: int, contract_on: date) -> tuple[WithdrawalPeriod, bool]:
    """From when one may withdraw, and whether what was used has to be paid: only who was told of the right of
    withdrawal, and asked us to begin at once, pays for it (Directive 2011/83/EU, Art. 14).
    """
    copy = instruction_copy_of(kind, pk)
    instructed_on = business_date(copy.at) if copy else None
    period = WithdrawalPeriod(contract_on, instructed_on, get_setting("consumer.withdrawal_days"))
    return period, copy is not None and asked_to_begin(kind, pk)


def _too_late(period: WithdrawalPeriod, stated_on: date) -> StateConflict | None:
    if stated_on <= period.last_day:
        return None
    return StateConflict("consumer_statement.too_late", day=format_day(period.last_day))


def _credits_of_name(domain: Domain) -> list[InvoiceCredit]:
    """What is left of the price of a name on its order."""
    item = OrderItem.objects.filter(units__domain=domain).select_related("order__invoice").first()
    invoice = item.order.invoice if item is not None else None
    standing = (*OPEN_INVOICE_STATUSES, InvoiceStatus.PAID)
    if item is None or invoice is None or invoice.status not in standing:
        return []
    positions = positions_of_name(item, invoice)
    parts = tuple(
        CreditedShare(share, share.net, share.tax)
        for share in remaining_shares(invoice)
        if share.position in positions and (share.net or share.tax)
    )
    return [InvoiceCredit(invoice, parts, {})] if parts else []
