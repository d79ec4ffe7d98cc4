"""Names that were ordered and did not come: their price goes to credit (domains.md 4)."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_text
from commerce.accounts.staff_rules import StaffPermission
from commerce.billing.invoices.actions.corrections import credit_rest_of_lines
from commerce.billing.invoices.rules import InvoiceLineKind, InvoiceStatus
from commerce.billing.models import Invoice
from commerce.catalog.rules import OrderItemAction
from commerce.domains.actions.states import cancel_domain
from commerce.domains.job_names import REGISTER_DOMAIN, TRANSFER_DOMAIN, domain_job_subject
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import OPEN_STATES
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.orders.models import OrderItem


def credit_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why its price cannot be credited; None if the name never came, and the registrar is not at work on it."""
    if domain.registration_date is not None:
        return StateConflict("domain.was_registered", name=domain)
    if domain.status == DomainStatus.CANCELLED:
        return None
    if domain.status != DomainStatus.PENDING:
        return StateConflict("domain.not_undelivered")
    jobs = Job.objects.of(domain_job_subject(domain)).filter(status__in=OPEN_STATES)
    is_under_way = jobs.filter(action__in=[REGISTER_DOMAIN, TRANSFER_DOMAIN]).exists()
    return StateConflict("domain.registration_under_way") if is_under_way else None


@act(
    "domain.credit",
    Domain,
    label=_("Cancel and credit"),
    intro=_("For a domain that can't be registered: it's canceled, and its price becomes credit."),
    done=_("Domain canceled. What was left of its price is credited."),
    staff=(StaffPermission.DOMAINS_MANAGE, StaffPermission.INVOICES_VOID),
    blocked=credit_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def credit_undelivered_domain(*, domain: Domain, ctx: Context) -> None:
    """What is left of the price of a name on its order becomes credit, or is due no more; one that still waits to be
    registered is given up. Nothing where it was free.
    """
    bump_revision(domain.client_id, ctx)
    domain.refresh_from_db()
    if blocked := credit_blocked_reason(domain, ctx):
        raise blocked
    if domain.status != DomainStatus.CANCELLED:
        cancel_domain(domain=domain, ctx=ctx)
    item = OrderItem.objects.filter(units__domain=domain).select_related("order__invoice").first()
    invoice = item.order.invoice if item is not None else None
    if item is None or invoice is None or not invoice.total:
        return
    if invoice.status in (InvoiceStatus.CANCELLED, InvoiceStatus.REFUNDED, InvoiceStatus.DRAFT):
        return
    reason = client_text(domain.client, _("%(name)s couldn't be delivered."), name=domain)
    positions = positions_of_name(item, invoice)
    credit_rest_of_lines(invoice=invoice, positions=positions, reason=reason, ctx=ctx)


def positions_of_name(item: OrderItem, invoice: Invoice) -> list[int]:
    """The lines of an order's invoice that are about a name: its price, and the discount behind it.

    They stand in the order of the items.
    """
    names = item.order.items.exclude(action=OrderItemAction.PRODUCT).order_by("position")
    place = list(names.values_list("pk", flat=True)).index(item.pk)
    lines = list(invoice.lines.order_by("position"))
    first = [n for n, line in enumerate(lines) if line.kind == InvoiceLineKind.DOMAIN][place]
    following = lines[first + 1 : first + 2]
    discount = [line for line in following if line.kind == InvoiceLineKind.DISCOUNT]
    return [line.position for line in [lines[first], *discount]]
