"""What happens when: the only list of periodic work. The worker looks at it every few seconds.

An entry asks what is due up to the instant that it is told, so a turn that was missed is made up for by the next one.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session

from commerce.accounts.actions.token_usage import delete_old_token_requests
from commerce.accounts.data_export.actions import expire_data_exports
from commerce.accounts.impersonation.actions import end_forgotten_impersonations
from commerce.accounts.list_exports.actions import expire_list_exports
from commerce.accounts.models import Client, Erasure
from commerce.accounts.staff_mail.actions import queue_digests
from commerce.billing.changes import steps
from commerce.billing.models import Invoice, PlanChange
from commerce.billing.periods import dunning_steps, renewal_steps
from commerce.billing.reports.steps import keep_months_daily
from commerce.billing.tax import steps as taxing
from commerce.catalog.exchange_rates.refresh import refresh_exchange_rates
from commerce.consumers import steps as consumers
from commerce.dns import steps as zones
from commerce.dns.models import Zone
from commerce.domains.actions.registry_messages import read_messages_daily
from commerce.domains.balances import tell_of_low_balances
from commerce.domains.models import Domain
from commerce.domains.rdap.servers import refresh_server_list
from commerce.domains.registrar_prices import compare_prices_daily
from commerce.domains.sync import queue_due_syncs
from commerce.hosting import steps as servers
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.jobs.job_states import park_jobs_of_silent_remotes, requeue_lost_jobs
from commerce.jobs.queue import delete_ended_jobs
from commerce.jobs.schedule import ScheduleEntry, is_entry_running
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.actions.lifecycle import delete_old_mails
from commerce.orders import steps as ordering
from commerce.orders.models import Cart, Order
from commerce.orders.rules import OrderStatus
from commerce.payments import steps as cards
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.actions.card_setups import expire_card_setups
from commerce.payments.actions.gateway_events import REFUSED_DAYS, delete_old_gateway_events
from commerce.payments.actions.transfer_notices import lapse_transfer_notices
from commerce.payments.gateways.comparison import compare_daily
from commerce.payments.models import SavedCard
from commerce.proof import steps as proving
from commerce.runs import erasing, upkeep
from commerce.runs.due import run_when_due
from commerce.runs.history import tell_of_missing_run
from commerce.runs.step import RowStep, SingleStep, any_of
from commerce.site_settings import current

_VAT_NUMBERS = any_of(lambda: Client.objects.exclude(tax_id=""))
_ENDING = any_of(lambda: Service.objects.filter(cancel_at__isnull=False))
_PRIVATE = any_of(lambda: Client.objects.filter(company="", tax_id=""))
_SERVICES = any_of(Service.objects.all)
_SUSPENDED = any_of(lambda: Service.objects.filter(status=ServiceStatus.SUSPENDED))
_OPEN = any_of(Invoice.objects.open)
_ORDERS = any_of(lambda: Order.objects.filter(status=OrderStatus.PENDING))
_PLAN_CHANGES = any_of(PlanChange.objects.all)
_DOMAINS = any_of(Domain.objects.all)
_CARDS = any_of(SavedCard.objects.all)
_ZONES = any_of(Zone.objects.all)
_CARTS = any_of(Cart.objects.all)
_ERASURES = any_of(Erasure.objects.all)

DAILY_STEPS = (
    RowStep(
        "vat",
        "asks about VAT numbers",
        taxing.find_clients_to_check,
        taxing.check_vat_number_of,
        "pk",
        uses_network=True,
        among=_VAT_NUMBERS,
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
        among=_ENDING,
        terms=current.stored_settings,
    ),
    RowStep(
        "announce-renewals",
        "tells consumers of long renewals",
        consumers.find_clients_to_tell,
        consumers.announce_renewals_of,
        "pk",
        among=_PRIVATE,
    ),
    RowStep(
        "renew",
        "invoices services",
        renewal_steps.find_clients_to_renew,
        renewal_steps.renew_services_of,
        "pk",
        among=_SERVICES,
        terms=current.stored_settings,
    ),
    RowStep(
        "renew-domains",
        "invoices domains",
        renewal_steps.find_clients_with_domains_to_renew,
        renewal_steps.renew_domains_of,
        "pk",
        among=_DOMAINS,
        terms=renewal_steps.terms_of_domains,
    ),
    RowStep(
        "autopay",
        "charges saved cards",
        cards.find_invoices_to_autopay,
        cards.charge_invoice_daily,
        among=_CARDS,
        terms=cards.terms_of_autopay,
    ),
    RowStep(
        "overdue",
        "says which are late",
        dunning_steps.find_overdue,
        dunning_steps.mark_invoice_overdue,
        among=_OPEN,
        terms=current.stored_settings,
    ),
    RowStep(
        "late-fees",
        "charges fees",
        dunning_steps.find_invoices_without_fee,
        dunning_steps.charge_late_fee,
        among=_OPEN,
        terms=current.stored_settings,
    ),
    RowStep(
        "remind",
        "reminds of invoices",
        dunning_steps.find_invoices_to_remind,
        dunning_steps.remind_of_invoice,
        among=_OPEN,
        terms=current.stored_settings,
    ),
    RowStep(
        "suspend",
        "suspends services",
        dunning_steps.find_services_to_suspend,
        dunning_steps.suspend_overdue_service,
        among=_OPEN,
        terms=current.stored_settings,
    ),
    RowStep(
        "terminate",
        "warns, then ends services",
        dunning_steps.find_services_to_terminate,
        dunning_steps.terminate_overdue_service,
        among=_SUSPENDED,
        terms=current.stored_settings,
    ),
    RowStep(
        "expire-orders",
        "cancels unpaid orders",
        ordering.find_unpaid_orders,
        ordering.cancel_unpaid_order_daily,
        among=_ORDERS,
        terms=current.stored_settings,
    ),
    RowStep(
        "expire-plan-changes",
        "drops plan changes that were not paid or approved in time",
        steps.find_late_plan_changes,
        steps.lapse_late_plan_change,
        among=_PLAN_CHANGES,
        terms=current.stored_settings,
    ),
    RowStep(
        "abandon-domain-renewals",
        "takes back renewals of lost names",
        renewal_steps.find_lost_domain_renewals,
        renewal_steps.abandon_renewal,
        "invoice__client_id",
        among=_DOMAINS,
        terms=renewal_steps.terms_of_domains,
    ),
    RowStep(
        "domains",
        "moves names on that passed a day",
        renewal_steps.find_domains_to_advance,
        renewal_steps.advance_domain,
        among=_DOMAINS,
        terms=renewal_steps.terms_of_domains,
    ),
    RowStep(
        "tell-expiry",
        "tells of names that expire",
        renewal_steps.find_domains_to_notify,
        renewal_steps.notify_of_expiry,
        among=_DOMAINS,
        terms=current.stored_settings,
    ),
    RowStep(
        "end-zones",
        "ends zones of names that left",
        zones.find_ending_zones,
        zones.end_zone_daily,
        among=_ZONES,
        terms=current.stored_settings,
    ),
    RowStep(
        "check-zones",
        "asks who answers for zones",
        zones.find_zones_to_check,
        zones.check_zone_daily,
        uses_network=True,
        among=_ZONES,
        terms=current.stored_settings,
    ),
    RowStep(
        "expire-carts",
        "forgets old carts",
        ordering.find_carts_to_expire,
        ordering.expire_cart_daily,
        "",
        among=_CARTS,
        terms=current.stored_settings,
    ),
    RowStep(
        "cards",
        "tells of cards that expire",
        cards.find_expiring_cards,
        cards.tell_of_card,
        among=_CARDS,
    ),
    RowStep(
        "erase",
        "erases data of clients who asked for it",
        erasing.find_coming_erasures,
        erasing.advance_erasure,
        among=_ERASURES,
    ),
    RowStep(
        "erase-records",
        "erases old documents of erased clients",
        erasing.find_erasures_with_records,
        erasing.erase_old_records,
        among=_ERASURES,
    ),
    SingleStep(
        "clean",
        "forgets what was kept long enough",
        upkeep.delete_old_records_daily,
        "would forget what was kept long enough",
    ),
    SingleStep(
        "report-parked-jobs",
        "tells of work that waits for staff",
        upkeep.tell_of_parked_jobs,
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
"""The steps of the daily run, in their order (billing.md 10)."""


def _lost(at: datetime) -> None:
    requeue_lost_jobs(at=at)
    park_jobs_of_silent_remotes(at=at)


def _engine(at: datetime) -> None:
    from commerce.jobs.tasks import tell_engine_of_due_jobs  # loads the engine's package

    tell_engine_of_due_jobs(at=at)


def _clean(at: datetime) -> None:
    days = current.get_setting("retention.provisioning_days")
    delete_ended_jobs(before=at - timedelta(days=days))


def _daily(at: datetime) -> None:
    run_when_due(DAILY_STEPS, at=at)


def _missing(at: datetime) -> None:
    # A worker that has just come, after days or for the first time, makes up for it in another thread.
    if not is_entry_running("daily", at=at):
        tell_of_missing_run(at=at)


def _transfer_notices(at: datetime) -> None:
    lapse_transfer_notices(day=current.business_date(at), ctx=Context(at, SYSTEM))


def _old_mails(at: datetime) -> None:
    delete_old_mails(before=at - timedelta(days=current.get_setting("retention.mail_days")))


def _gateway_events(at: datetime) -> None:
    before = at - timedelta(days=current.get_setting("retention.webhook_days"))
    delete_old_gateway_events(before=before, refused_before=at - timedelta(days=REFUSED_DAYS))


def _rdap_servers(at: datetime) -> None:
    if not settings.COMMERCE_DEMO:  # its names are nobody's
        refresh_server_list(at=at)


def _token_requests(at: datetime) -> None:
    delete_old_token_requests(day=at.astimezone(UTC).date())


def _sessions(at: datetime) -> None:
    now = clock.now()  # what Django wrote when the session began counts from its own clock
    end_forgotten_impersonations(expired_by=now, ctx=Context(at, SYSTEM))
    Session.objects.filter(expire_date__lt=now).delete()


def _by_us(act: Callable[..., object]) -> Callable[[datetime], object]:
    return lambda at: act(ctx=Context(at, SYSTEM))


PERIODIC_WORK = (
    ScheduleEntry("daily", timedelta(minutes=5), _daily),
    ScheduleEntry("missing-run", timedelta(hours=1), _missing),
    ScheduleEntry("lost-jobs", timedelta(minutes=1), _lost),
    ScheduleEntry("clean-jobs", timedelta(hours=1), _clean),
    ScheduleEntry("attempts", timedelta(minutes=5), _by_us(expire_attempts)),
    ScheduleEntry("card-setups", timedelta(minutes=5), _by_us(expire_card_setups)),
    ScheduleEntry("transfer-notices", timedelta(hours=1), _transfer_notices),
    ScheduleEntry("old-mails", timedelta(hours=6), _old_mails),
    ScheduleEntry("gateway-events", timedelta(hours=6), _gateway_events),
    ScheduleEntry("token-requests", timedelta(hours=6), _token_requests),
    ScheduleEntry("rdap-servers", timedelta(days=1), _rdap_servers),
    ScheduleEntry("exchange-rates", timedelta(hours=3), refresh_exchange_rates),
    ScheduleEntry("name-syncs", timedelta(minutes=5), lambda at: queue_due_syncs(at=at)),
    ScheduleEntry("data-exports", timedelta(hours=1), lambda at: expire_data_exports(at=at)),
    ScheduleEntry("list-exports", timedelta(hours=1), lambda at: expire_list_exports(at=at)),
    ScheduleEntry("staff-digests", timedelta(minutes=5), lambda at: queue_digests(at=at)),
    ScheduleEntry("sessions", timedelta(minutes=15), _sessions),
    *([ScheduleEntry("engine", timedelta(seconds=10), _engine)] if settings.COMMERCE_TASKS else []),
)
