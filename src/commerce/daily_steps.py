"""The steps of the daily run, in their order (billing.md 10)."""

from commerce.billing.changes import steps
from commerce.billing.periods import dunning_steps, renewal_steps
from commerce.billing.reports.steps import keep_months_daily
from commerce.billing.tax import steps as taxing
from commerce.consumers import steps as consumers
from commerce.dns import steps as zones
from commerce.domains.actions.registry_messages import read_messages_daily
from commerce.domains.balances import tell_of_low_balances
from commerce.domains.registrar_prices import compare_prices_daily
from commerce.hosting import steps as servers
from commerce.orders import steps as ordering
from commerce.payments import steps as cards
from commerce.payments.gateways.comparison import compare_daily
from commerce.proof import steps as proving
from commerce.runs import erasure, housekeeping
from commerce.runs.step import RowStep, SingleStep

DAILY_STEPS = (
    RowStep(
        "vat",
        "asks about VAT numbers",
        taxing.find_clients_to_check,
        taxing.check_vat_number_of,
        "pk",
        uses_network=True,
    ),
    SingleStep(
        "tax-rules",
        "looks for countries without a rate, and for old exchange rates",
        taxing.look_for_tax_gaps,
        "would look for countries without a rate, and for old exchange rates",
    ),
    RowStep(
        "cancel",
        "ends services on their last day",
        steps.find_services_to_cancel,
        steps.cancel_service_on_its_day,
    ),
    RowStep(
        "announce-renewals",
        "tells consumers of long renewals",
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
        "says which are late",
        dunning_steps.find_overdue,
        dunning_steps.mark_invoice_overdue,
    ),
    RowStep(
        "late-fees",
        "charges fees",
        dunning_steps.find_invoices_without_fee,
        dunning_steps.charge_late_fee,
    ),
    RowStep(
        "remind",
        "reminds of invoices",
        dunning_steps.find_invoices_to_remind,
        dunning_steps.remind_of_invoice,
    ),
    RowStep(
        "suspend",
        "suspends services",
        dunning_steps.find_services_to_suspend,
        dunning_steps.suspend_overdue_service,
    ),
    RowStep(
        "terminate",
        "warns, then ends services",
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
        "expire-plan-changes",
        "drops plan changes that were not paid or approved in time",
        steps.find_late_plan_changes,
        steps.lapse_late_plan_change,
    ),
    RowStep(
        "abandon-domain-renewals",
        "takes back renewals of lost names",
        renewal_steps.find_lost_domain_renewals,
        renewal_steps.abandon_renewal,
        "invoice__client_id",
    ),
    RowStep(
        "domains",
        "moves names on that passed a day",
        renewal_steps.find_domains_to_advance,
        renewal_steps.advance_domain,
    ),
    RowStep(
        "tell-expiry",
        "tells of names that expire",
        renewal_steps.find_domains_to_notify,
        renewal_steps.notify_of_expiry,
    ),
    RowStep(
        "end-zones",
        "ends zones of names that left",
        zones.find_ending_zones,
        zones.end_zone_daily,
    ),
    RowStep(
        "check-zones",
        "asks who answers for zones",
        zones.find_zones_to_check,
        zones.check_zone_daily,
        uses_network=True,
    ),
    RowStep(
        "expire-carts",
        "forgets old carts",
        ordering.find_carts_to_expire,
        ordering.expire_cart_daily,
        "",
    ),
    RowStep(
        "cards",
        "tells of cards that expire",
        cards.find_expiring_cards,
        cards.tell_of_card,
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
        "clean",
        "forgets what was kept long enough",
        housekeeping.delete_old_records_daily,
        "would forget what was kept long enough",
    ),
    SingleStep(
        "report-parked-jobs",
        "tells of work that waits for staff",
        housekeeping.tell_of_parked_jobs,
        "would tell of work that waits for staff",
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
        "asks registrars for their balance",
        tell_of_low_balances,
        "would ask registrars for their balance",
    ),
    SingleStep(
        "registry-messages",
        "reads messages of registries",
        read_messages_daily,
        "would read messages of registries",
    ),
    SingleStep(
        "compare-zones",
        "compares zones with the name server",
        zones.compare_zones_daily,
        "would compare zones with the name server",
    ),
    SingleStep(
        "ask-servers",
        "asks servers what accounts use, and where they differ",
        servers.ask_servers_daily,
        "would ask servers what accounts use",
    ),
    SingleStep(
        "full-servers",
        "tells of servers that fill up",
        servers.warn_of_full_servers,
        "would tell of servers that fill up",
    ),
    SingleStep(
        "clean-accounts",
        "forgets old calls to servers, unread passwords and old usage",
        servers.forget_old_accounts_daily,
        "would forget old calls to servers",
    ),
    SingleStep(
        "keep-months",
        "keeps the recurring revenue of months that ended",
        keep_months_daily,
        "would keep the recurring revenue of months that ended",
    ),
    SingleStep(
        proving.PROOF_STEP, "checks the books", proving.prove_nightly, "would check the books"
    ),
)
