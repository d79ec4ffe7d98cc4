"""Steps that bill: renewals of services and domains, and what time does to domains (billing.md 10)."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.billing.invoices.emails import invoice_url
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import BilledPeriod
from commerce.billing.periods.actions.domain_renewals import (
    abandon_domain_renewal,
    domains_due_for_renewal,
    lost_domain_renewals,
    renew_domains,
)
from commerce.billing.periods.actions.renewals import (
    RenewalResult,
    renew_services,
    renew_services_of_several,
    services_due_for_renewal,
)
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.domains import lifecycle
from commerce.domains.models import Domain
from commerce.kit.context import Context
from commerce.runs.step import RunDay, StepCounts


def find_clients_to_renew(day: RunDay) -> QuerySet[Client]:
    """Clients with a service whose next period is to be billed."""
    due = services_due_for_renewal(day.date).order_by().values("client_id")
    return Client.objects.filter(pk__in=due).exclude(status=ClientStatus.CLOSED)


def renew_services_of(client_id: int, day: RunDay) -> StepCounts:
    """Bill one of them."""
    ctx = Context(day.at, day.actor)
    return _counts(renew_services(client_id=client_id, day=day.date, ctx=ctx))


def renew_services_of_several_clients(
    client_ids: Sequence[int], day: RunDay
) -> Mapping[int, StepCounts]:
    """Bill several of them together."""
    ctx = Context(day.at, day.actor)
    done = renew_services_of_several(client_ids=client_ids, day=day.date, ctx=ctx)
    return {client_id: _counts(result) for client_id, result in done.items()}


def _counts(done: RenewalResult) -> StepCounts:
    return {"invoices": len(done.invoices), "free periods": done.waived}


def find_clients_with_domains_to_renew(day: RunDay) -> QuerySet[Client]:
    """Clients with a domain whose renewal is to be invoiced."""
    due = domains_due_for_renewal(day.date).values("client_id")
    return Client.objects.filter(pk__in=due)


def renew_domains_of(client_id: int, day: RunDay) -> StepCounts:
    """Bill the names of one of them."""
    made = renew_domains(client_id=client_id, day=day.date, ctx=Context(day.at, day.actor))
    return {"invoices": len(made)}


def find_lost_domain_renewals(day: RunDay) -> QuerySet[BilledPeriod]:
    """Open renewals of names that cannot be renewed any more."""
    return lost_domain_renewals(day.date)


def abandon_renewal(period_id: int, day: RunDay) -> StepCounts:
    """Take back one of them."""
    billed_period = BilledPeriod.objects.select_related("domain", "invoice").get(pk=period_id)
    abandon_domain_renewal(period=billed_period, ctx=Context(day.at, day.actor))
    return {"renewals taken back": 1}


def find_domains_to_advance(day: RunDay) -> QuerySet[Domain]:
    """Domains whose expiry, grace or redemption is over."""
    return lifecycle.domains_to_advance(day.date, midnight=day.midnight)


def advance_domain(domain_id: int, day: RunDay) -> StepCounts:
    """Move one of them on."""
    domain = Domain.objects.get(pk=domain_id)
    lock_client(domain.client_id)
    return {
        "domains": lifecycle.advance_domain_states(
            domain=domain, day=day.date, ctx=Context(day.at, day.actor)
        )
    }


def find_domains_to_notify(day: RunDay) -> QuerySet[Domain]:
    """Domains whose notice before the expiry has come."""
    return lifecycle.domains_to_notify(day.date)


def notify_of_expiry(domain_id: int, day: RunDay) -> StepCounts:
    """Tell the client of one of them; each notice goes out once."""
    domain = Domain.objects.select_related("client").get(pk=domain_id)
    billed_periods = BilledPeriod.objects.filter(domain=domain)
    waiting = billed_periods.filter(
        status=BilledPeriodStatus.OPEN, invoice__status__in=OPEN_INVOICE_STATUSES
    )
    invoice_id = waiting.order_by("pk").values_list("invoice_id", flat=True).first()
    bought = billed_periods.filter(
        status__in=[BilledPeriodStatus.PAID, BilledPeriodStatus.WAIVED],
        period_start__gte=domain.expiry_date,
    )
    is_sent = lifecycle.send_expiry_notice(
        domain=domain,
        day=day.date,
        at=day.at,
        invoice_url=invoice_url(invoice_id) if invoice_id else "",
        is_paid=bought.exists(),
    )
    return {"notices": 1} if is_sent else {}
