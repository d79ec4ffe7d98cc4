"""Steps that bill: renewals of services and domains, and what time does to domains (billing.md 10)."""

from django.db.models import QuerySet

from commerce.accounts.actions.clients import hold
from commerce.accounts.models import Client
from commerce.billing import actions
from commerce.billing.actions.domain_renewals import (
    domains_to_renew,
    give_up_renewal,
    renew_domains,
    renewals_to_give_up,
)
from commerce.billing.daily.step import Counts, Day
from commerce.billing.emails import invoice_url
from commerce.billing.models import Claim
from commerce.billing.rules import OPEN
from commerce.domains import life
from commerce.domains.models import Domain


def find_to_renew(day: Day) -> QuerySet[Client]:
    """Clients with a service whose next period is to be billed."""
    due = actions.due_services(day.date).order_by().values("client_id")
    return Client.objects.filter(pk__in=due).exclude(status=Client.Status.CLOSED)


def renew(client_id: int, day: Day) -> Counts:
    """Bill one of them."""
    done = actions.renew_client(client_id=client_id, day=day.date, at=day.at, actor=day.actor)
    return {"invoices": len(done.invoices), "free periods": done.waived}


def find_domains_to_renew(day: Day) -> QuerySet[Client]:
    """Clients with a domain whose renewal is to be invoiced."""
    due = domains_to_renew(day.date).values("client_id")
    return Client.objects.filter(pk__in=due)


def renew_names(client_id: int, day: Day) -> Counts:
    """Bill the names of one of them."""
    made = renew_domains(client_id=client_id, day=day.date, at=day.at, actor=day.actor)
    return {"invoices": len(made)}


def find_given_up(day: Day) -> QuerySet[Claim]:
    """Open renewals of names that cannot be renewed any more."""
    return renewals_to_give_up(day.date)


def give_up(claim_id: int, day: Day) -> Counts:
    """Take back one of them."""
    claim = Claim.objects.select_related("domain", "invoice").get(pk=claim_id)
    give_up_renewal(claim=claim, at=day.at, actor=day.actor)
    return {"renewals taken back": 1}


def find_passed(day: Day) -> QuerySet[Domain]:
    """Domains whose expiry, grace or redemption is over."""
    return life.to_move_on(day.date)


def pass_on(domain_id: int, day: Day) -> Counts:
    """Move one of them on."""
    domain = Domain.objects.get(pk=domain_id)
    hold(domain.client_id)
    return {"domains": life.move_on(domain=domain, day=day.date, at=day.at, actor=day.actor)}


def find_expiring(day: Day) -> QuerySet[Domain]:
    """Domains whose notice before the expiry has come."""
    return life.to_be_told(day.date)


def tell_expiry(domain_id: int, day: Day) -> Counts:
    """Tell the client of one of them; each notice goes out once."""
    domain = Domain.objects.select_related("client").get(pk=domain_id)
    claims = Claim.objects.filter(domain=domain)
    waiting = claims.filter(status=Claim.Status.OPEN, invoice__status__in=OPEN)
    invoice_id = waiting.order_by("pk").values_list("invoice_id", flat=True).first()
    bought = claims.filter(
        status__in=[Claim.Status.PAID, Claim.Status.WAIVED], period_start__gte=domain.expiry_date
    )
    told = life.tell_expiry(
        domain=domain,
        day=day.date,
        at=day.at,
        invoice_url=invoice_url(invoice_id) if invoice_id else "",
        is_paid=bought.exists(),
    )
    return {"notices": 1} if told else {}
