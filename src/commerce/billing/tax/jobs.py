"""What tax has to do with the rest: a changed number is asked about, and a setting that invoices stand on stays."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.billing.tax.actions import check_vat_number
from commerce.billing.tax.rules import VatAnswer
from commerce.billing.tax.vies import refusal_in
from commerce.jobs.handlers import JobRun, RetryLater, job_handler
from commerce.jobs.models import Job
from commerce.jobs.words import JobWords, titled
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current

CHECK_VAT = "client.check_vat"


def describe_client_job(job: Job) -> JobWords:
    """What a job about a client does."""
    client = Client.objects.filter(pk=job.subject_id).first()
    if client is None:
        return JobWords(titled(None, job))
    title = _("validate the VAT number of {client}") if job.action == CHECK_VAT else None
    return JobWords(titled(title, job, client=client.company or client.name), client)


@job_handler(CHECK_VAT)
def check_changed_vat_number(run: JobRun) -> None:
    """Ask about the number that a client has now; a silent service is asked again for six hours, one that
    does not take a number as such is not.
    """
    client = Client.objects.get(pk=run.subject_id)
    number = str(run.args["number"])
    if client.tax_id != number or not current.get_setting("tax.vies_enabled"):
        return
    check = check_vat_number(number=number, client=client, ctx=Context(run.at, SYSTEM))
    if check.answer == VatAnswer.UNAVAILABLE and not refusal_in(check.raw):
        raise RetryLater(1800, "The VAT service gives no answer.")


def validate_prices_include_tax(value: object) -> None:
    """Prices cannot begin or cease to contain tax once an invoice exists. Raises ``BusinessError`` (backoffice.md
    5).
    """
    del value
    if Invoice.objects.exists():
        raise BusinessError("setting.fixed_by_invoices")
