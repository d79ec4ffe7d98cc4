"""The steps of the daily run, in their order (billing.md 10)."""

from commerce.billing.changes import steps
from commerce.billing.invoices.rules import InvoiceKind
from commerce.billing.models import Invoice
from commerce.billing.periods import dunning_steps, renewal_steps
from commerce.billing.reports.steps import close_months_daily
from commerce.billing.tax import steps as taxing
from commerce.consumers import steps as consumers
from commerce.dns import steps as zones
from commerce.domains.actions.registry_messages import read_messages_daily
from commerce.domains.balances import send_low_balance_emails
from commerce.domains.registrar_prices import compare_prices_daily
from commerce.hosting import steps as servers
from commerce.jobs.handlers import JobEffect, JobRun, job_handler
from commerce.orders import steps as ordering
from commerce.payments import steps as cards
from commerce.payments.gateways.comparison import compare_daily
from commerce.payments.models import Attempt, AutopayTry
from commerce.payments.month_closing.steps import keep_books_daily
from commerce.proof import steps as proving
from commerce.runs import erasure, housekeeping
from commerce.runs.ranges import RANGE_ACTION, do_range
from commerce.runs.step import CountedRecords, RowStep, SingleStep

DAILY_STEPS = (
    RowStep(
        "vat",
        "checks VAT numbers",
        taxing.find_clients_to_check,
        taxing.check_vat_number_of,
        "pk",
        uses_network=True,
    ),
    SingleStep(
        "tax-rules",
        "looks for missing tax rates and old exchange rates",
        taxing.look_for_tax_gaps,
        "would look for missing tax rates and old exchange rates",
    ),
    RowStep(
        "cancel",
        "ends services on their last day",
        steps.find_services_to_cancel,
        steps.cancel_service_on_its_day,
    ),
    RowStep(
        "announce-renewals",
        "announces long renewals to consumers",
        consumers.find_clients_to_tell,
        consumers.announce_renewals_of,
        "pk",
    ),
    RowStep(
        "renew",
        "invoices services",
        renewal_steps.find_clients_to_renew,
        renewal_steps.renew_services_of,
        "pk",
        do_together=renewal_steps.renew_services_of_several_clients,
    ),
    RowStep(
        "renew-domains",
        "invoices domains",
        renewal_steps.find_clients_with_domains_to_renew,
        renewal_steps.renew_domains_of,
        "pk",
    ),
    RowStep(
        "autopay",
        "charges saved cards",
        cards.find_invoices_to_autopay,
        cards.charge_invoice_daily,
    ),
    RowStep(
        "overdue",
        "marks invoices overdue",
        dunning_steps.find_overdue,
        dunning_steps.mark_invoice_overdue,
    ),
    RowStep(
        "late-fees",
        "charges late fees",
        dunning_steps.find_invoices_without_fee,
        dunning_steps.charge_late_fee,
    ),
    RowStep(
        "remind",
        "sends reminders of unpaid invoices",
        dunning_steps.find_invoices_to_remind,
        dunning_steps.remind_of_invoice,
    ),
    RowStep(
        "resume",
        "resumes services whose suspension ends",
        servers.find_services_to_resume,
        servers.resume_service_daily,
    ),
    RowStep(
        "suspend",
        "suspends services",
        dunning_steps.find_services_to_suspend,
        dunning_steps.suspend_overdue_service,
    ),
    RowStep(
        "terminate",
        "warns, then deletes suspended services",
        dunning_steps.find_services_to_terminate,
        dunning_steps.terminate_overdue_service,
    ),
    RowStep(
        "expire-orders",
        "cancels unpaid orders",
        ordering.find_unpaid_orders,
        ordering.cancel_unpaid_order_daily,
    ),
    RowStep(
        "lapse-quotes",
        "lapses quotes that nobody accepted",
        ordering.find_quotes_to_lapse,
        ordering.lapse_quote_daily,
    ),
    RowStep(
        "expire-plan-changes",
        "ends plan changes that were not paid or approved in time",
        steps.find_late_plan_changes,
        steps.lapse_late_plan_change,
    ),
    RowStep(
        "abandon-domain-renewals",
        "voids renewals of lost domains",
        renewal_steps.find_lost_domain_renewals,
        renewal_steps.abandon_renewal,
        "invoice__client_id",
    ),
    RowStep(
        "advance-domains",
        "advances domains that expired",
        renewal_steps.find_domains_to_advance,
        renewal_steps.advance_domain,
    ),
    RowStep(
        "send-expiry-notices",
        "sends notices of domains that expire",
        renewal_steps.find_domains_to_notify,
        renewal_steps.notify_of_expiry,
    ),
    RowStep(
        "end-zones",
        "ends zones of lost domains",
        zones.find_ending_zones,
        zones.end_zone_daily,
    ),
    RowStep(
        "check-zones",
        "checks the delegation of zones",
        zones.find_zones_to_check,
        zones.check_zone_daily,
        uses_network=True,
    ),
    RowStep(
        "expire-carts",
        "deletes old carts",
        ordering.find_carts_to_expire,
        ordering.expire_cart_daily,
        "",
    ),
    RowStep(
        "cards",
        "sends notices of cards that expire",
        cards.find_expiring_cards,
        cards.announce_card_expiry,
    ),
    RowStep(
        "erase",
        "erases data of clients who asked for it",
        erasure.find_coming_erasures,
        erasure.advance_erasure,
    ),
    RowStep(
        "erase-records",
        "erases old documents of erased clients",
        erasure.find_erasures_with_records,
        erasure.erase_old_records,
    ),
    SingleStep(
        "delete-old-records",
        "deletes old records",
        housekeeping.delete_old_records_daily,
        "would delete old records",
    ),
    SingleStep(
        "report-parked-jobs",
        "reports jobs that wait for staff",
        housekeeping.send_parked_jobs_emails,
        "would report jobs that wait for staff",
    ),
    SingleStep(
        "compare-registrar-prices",
        "compares price lists of registrars",
        compare_prices_daily,
        "would compare price lists of registrars",
    ),
    SingleStep(
        "compare-payments",
        "compares payments with gateways",
        compare_daily,
        "would compare payments with gateways",
    ),
    SingleStep(
        "registrar-balances",
        "checks balances at registrars",
        send_low_balance_emails,
        "would check balances at registrars",
    ),
    SingleStep(
        "registry-messages",
        "reads messages of registries",
        read_messages_daily,
        "would read messages of registries",
    ),
    SingleStep(
        "compare-zones",
        "compares zones with the DNS server",
        zones.compare_zones_daily,
        "would compare zones with the DNS server",
    ),
    SingleStep(
        "ask-servers",
        "reads usage from servers and compares their accounts",
        servers.ask_servers_daily,
        "would read usage from servers",
    ),
    SingleStep(
        "full-servers",
        "reports servers that are nearly full",
        servers.warn_of_full_servers,
        "would report servers that are nearly full",
    ),
    SingleStep(
        "delete-old-account-data",
        "deletes old calls to servers, unread passwords and old usage",
        servers.forget_old_accounts_daily,
        "would delete old calls to servers",
    ),
    SingleStep(
        "close-revenue-months",
        "stores the recurring revenue of months that ended",
        close_months_daily,
        "would store the recurring revenue of months that ended",
    ),
    SingleStep(
        "list-ended-months",
        "lists months that ended, for closing, and makes files that closed ones lack",
        keep_books_daily,
        "would list months that ended",
    ),
    SingleStep(
        proving.PROOF_STEP, "checks the books", proving.prove_nightly, "would check the books"
    ),
)

COUNTED_RECORDS = (
    CountedRecords(
        "renewals",
        "invoice",
        Invoice,
        lambda day: Invoice.objects.filter(
            issue_date=day, kind__in=[InvoiceKind.RENEWAL, InvoiceKind.DOMAIN_RENEWAL]
        ),
        amount="total",
    ),
    CountedRecords(
        "charges",
        "attempt",
        Attempt,
        lambda day: Attempt.objects.filter(
            pk__in=AutopayTry.objects.filter(day=day).values("attempt")
        ),
        amount="amount",
    ),
)
"""What of the records that a run makes is told with its sum."""


@job_handler(RANGE_ACTION, pauses=(5, 30))
def do_range_of_step(run: JobRun) -> JobEffect:
    """The due rows of some clients, in the step that the job is about."""
    return do_range(run, DAILY_STEPS)
