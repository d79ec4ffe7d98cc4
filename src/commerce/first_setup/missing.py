"""What an order from beginning to end still lacks: the dashboard, the assistant and `commerce init` say it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commerce.catalog.models import Product
from commerce.domains.models import Tld
from commerce.domains.registrars.registry import registrar_problem
from commerce.first_setup.answers import is_company_known
from commerce.first_setup.taxes import rule_of_country
from commerce.mail.mail_server import configured_mail_server
from commerce.payments.gateways.registry import offerable_slugs
from commerce.presentation.countries import country_name
from commerce.site_settings.current import get_setting


class SetupStep(StrEnum):
    """What a new company sets up, in this order; each can be skipped."""

    COMPANY = "company"
    TAX = "tax"
    PRODUCT = "product"
    PAYMENTS = "payments"
    MAIL = "mail"
    DOMAINS = "domains"
    CONSUMERS = "consumers"


@dataclass(frozen=True, slots=True)
class MissingPart:
    """Something that an order still lacks, and the step of the assistant that gives it."""

    step: SetupStep
    text: str | Promise


def missing_parts(day: date) -> list[MissingPart]:
    """In the order of the steps; none once a client can order, pay and hear of it. Asks no other machine."""
    return list(_missing(day))


def _missing(day: date) -> Iterator[MissingPart]:
    if not is_company_known():
        yield MissingPart(SetupStep.COMPANY, _("Your company's name, address, and email"))
    home = get_setting("company.country")
    if get_setting("tax.enabled") and rule_of_country(home, day) is None:
        text = format_lazy(_("A tax rate for {country}"), country=country_name(home))
        yield MissingPart(SetupStep.TAX, text)
    if not Product.objects.listed().exists():
        yield MissingPart(SetupStep.PRODUCT, _("A product with a price"))
    if not any(get_setting(f"gateway.{slug}.enabled") for slug in offerable_slugs()):
        yield MissingPart(SetupStep.PAYMENTS, _("A payment method for your clients"))
    if configured_mail_server() is None:
        yield MissingPart(SetupStep.MAIL, _("A mail server: emails are saved to files, not sent"))
    for slug in _used_registrars():
        if problem := registrar_problem(slug):
            yield MissingPart(SetupStep.DOMAINS, problem)


def _used_registrars() -> list[str]:
    """Those through which a TLD on sale is registered."""
    own = Tld.objects.on_sale().order_by().values_list("registrar", flat=True).distinct()
    return sorted({slug or get_setting("domains.registrar") for slug in own})
