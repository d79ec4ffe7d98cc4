"""What tax has to do with the rest: a changed number is asked about, and a setting that invoices stand on stays."""

from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.billing.models import Invoice, VatCheck
from commerce.billing.tax.actions import check_vat
from commerce.jobs.registry import Later, Work, handles
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.preferences import current
from commerce.preferences.conditions import must_hold


@handles("client.check_vat")
def check_changed_number(work: Work) -> None:
    """Ask about the number that a client has now; a silent service is asked again for six hours."""
    client = Client.objects.get(pk=work.subject_id)
    number = str(work.args["number"])
    if client.tax_id != number or not current.get("tax.vies_enabled"):
        return
    check = check_vat(number=number, client=client, at=work.at, actor=SYSTEM)
    if check.answer == VatCheck.Answer.UNAVAILABLE:
        raise Later(1800, "The VAT service gives no answer.")


def prices_stay_as_they_are(value: object) -> None:
    """Prices cannot begin or cease to contain tax once an invoice exists. Raises ``Refused`` (backoffice.md 5)."""
    del value
    if Invoice.objects.exists():
        raise Refused(_("This is fixed, since invoices exist."))


def register() -> None:
    """Called when the app is ready; the job is registered by importing this file."""
    must_hold("tax.prices_include_tax", prices_stay_as_they_are)
