"""Who calls a command, and the records that people name: by number, id, address or name. Each raises
``BusinessError`` with what to do when there is no such record."""

from datetime import date, datetime
from typing import Any

from commerce.accounts.models import CustomField
from commerce.billing.models import CancellationRequest, CreditNote, Invoice, PlanChange
from commerce.catalog.finding import find_currency
from commerce.catalog.models import (
    Currency,
    Option,
    OptionGroup,
    OptionValue,
    PromoCode,
)
from commerce.catalog.promo_checks import find_promo_code
from commerce.cli.param_types import parse_id
from commerce.dns.models import Zone
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.mail.models import OutgoingMail
from commerce.orders.models import Order
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import Gateway
from commerce.payments.models import (
    Dispute,
    GatewayEvent,
    Payment,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.presentation.countries import check_country
from commerce.presentation.idn import stored_name
from commerce.site_settings import current
from commerce.support.models import FaqEntry


def command_actor() -> Actor:
    """Who acts, for audit entries: whoever may run commands on the server."""
    return Actor("system", name="commerce command")


def operator_context() -> Context:
    """Now, and the person at the terminal, as every action takes them."""
    return Context(clock.now(), command_actor())


def date_or_today(day: datetime | None) -> date:
    """The day that was typed, or today's business date."""
    return day.date() if day else current.business_date(clock.now())


def check_country_and_currency(country: str, currency: str) -> tuple[str, str]:
    """The two codes, if there are such. Raises ``BusinessError``."""
    check_country(country)
    if not Currency.objects.filter(pk=currency).exists():
        raise BusinessError("currency.unknown", currency=currency)
    return country, currency


def parse_price_amounts(currency_code: str, price: str, setup_fee: str) -> dict[str, Any]:
    """Price and setup fee in minor units, from decimals in the scale of the currency. Raises ``BusinessError``."""
    code = find_currency(currency_code).pk
    return {
        "price": parse_amount(price, code),
        "setup_fee": parse_amount(setup_fee, code),
    }


def find_payment(pk: int) -> Payment:
    if found := Payment.objects.select_related("invoice").filter(pk=pk).first():
        return found
    raise BusinessError("payment.unknown", id=pk)


def find_unallocated_payment(pk: int) -> UnallocatedPayment:
    if found := UnallocatedPayment.objects.filter(pk=pk).first():
        return found
    raise BusinessError("unallocated_payment.unknown", id=pk)


def find_dispute(pk: int) -> Dispute:
    if found := Dispute.objects.select_related("payment__invoice").filter(pk=pk).first():
        return found
    raise BusinessError("dispute.unknown", id=pk)


def find_gateway(slug: str) -> Gateway:
    """The gateway of this name that clients can be offered. Raises ``BusinessError`` with those that there are."""
    known = registry.offerable_slugs()
    if slug not in known:
        raise BusinessError("gateway.not_found", slug=slug, known=", ".join(known))
    return registry.get_gateway(slug)


def find_gateway_event(pk: int) -> GatewayEvent:
    if found := GatewayEvent.objects.filter(pk=pk).first():
        return found
    raise BusinessError("gateway_event.unknown", id=pk)


def find_transfer_notice(pk: int) -> TransferNotice:
    if found := TransferNotice.objects.select_related("invoice").filter(pk=pk).first():
        return found
    raise BusinessError("transfer_notice.unknown", id=pk)


def find_service(number: int) -> Service:
    """The service with this id. Raises ``BusinessError``."""
    found = Service.objects.filter(pk=number).select_related("product").first()
    if found is None:
        raise BusinessError("service.unknown", id=number)
    return found


def find_open_cancellation(number: int) -> CancellationRequest:
    request = CancellationRequest.objects.open().filter(service_id=number).first()
    if request is None:
        raise BusinessError("cancellation.none_open", service=number)
    return request


def find_plan_change(text: str) -> PlanChange:
    """The plan change with this payment reference or id. Raises ``BusinessError``."""
    rows = PlanChange.objects.select_related("service__product", "client", "product", "invoice")
    reference = "".join(text.split()).upper()
    found = rows.filter(reference=reference or None).first()
    if found is None and text.isascii() and text.isdecimal() and len(text) < 19:
        found = rows.filter(pk=int(text)).first()
    if found is None:
        raise BusinessError("plan_change.unknown", id=text)
    return found


def find_order(text: str) -> Order:
    """The order with this number (ORD-0042) or id. Raises ``BusinessError``."""
    digits = text.upper().removeprefix("ORD-")
    known = digits.isascii() and digits.isdecimal() and len(digits) < 19
    found = Order.objects.filter(pk=int(digits)).first() if known else None
    if found is None:
        raise BusinessError("order.unknown", text=text)
    return found


def find_zone(name: str) -> Zone:
    """The live zone of a name, in letters of its own or not; otherwise the newest that has ended. Raises
    ``BusinessError``.
    """
    zones = Zone.objects.filter(name=stored_name(name.strip()))
    found = zones.live().first() or zones.order_by("-pk").first()
    if found is None:
        raise BusinessError("zone.unknown", name=name)
    return found


def find_document(number: str) -> Invoice | CreditNote:
    """The invoice or credit note of this number. Raises ``BusinessError``: there is none."""
    found = (
        Invoice.objects.filter(number=number).first()
        or CreditNote.objects.filter(number=number).first()
    )
    if found is None:
        raise BusinessError("document.unknown", number=number)
    return found


def find_custom_field(text: str) -> CustomField:
    """The custom field with this name. Raises ``BusinessError``."""
    found = CustomField.objects.filter(name__iexact=text.strip()).first()
    if found is None:
        raise BusinessError("custom_field.unknown", text=text)
    return found


def find_mail(pk: int) -> OutgoingMail:
    """The mail of this id. Raises ``BusinessError``."""
    row = OutgoingMail.objects.filter(pk=pk).first()
    if row is None:
        raise BusinessError("mail.unknown", id=pk)
    return row


def find_job(job_id: int) -> Job:
    one = Job.objects.filter(pk=job_id).first()
    if one is None:
        raise BusinessError("job.unknown", id=job_id)
    return one


def find_option_group(typed: str) -> OptionGroup:
    found = (
        OptionGroup.objects.filter(name=typed).first()
        or OptionGroup.objects.filter(pk=parse_id(typed)).first()
    )
    if found is None:
        raise BusinessError("option_group.unknown", text=typed)
    return found


def find_option(number: int) -> Option:
    found = Option.objects.filter(pk=number).select_related("group").first()
    if found is None:
        raise BusinessError("option.unknown", id=number)
    return found


def find_option_value(number: int) -> OptionValue:
    found = OptionValue.objects.filter(pk=number).select_related("option__group").first()
    if found is None:
        raise BusinessError("option.value_unknown", id=number)
    return found


def find_promo(code: str) -> PromoCode:
    """The promo code, on or off. Raises ``BusinessError``."""
    found = find_promo_code(code)
    if found is None:
        raise BusinessError("promo_code.unknown", promo_code=code)
    return found


def find_faq_entry(number: int) -> FaqEntry:
    """The question with this id. Raises ``BusinessError``."""
    found = FaqEntry.objects.filter(pk=number).first()
    if found is None:
        raise BusinessError("faq_entry.unknown", id=number)
    return found
