"""What happens when: the only list of periodic work. The worker looks at it every few seconds.

An entry asks what is due up to the instant that it is told, so a turn that was missed is made up for by the next one.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session

from commerce.accounts.actions.api_writes.idempotency import delete_old_replies
from commerce.accounts.actions.api_writes.token_writes import delete_old_token_writes
from commerce.accounts.actions.staff_people.api_tokens import delete_old_staff_token_writes
from commerce.accounts.actions.staff_people.machine_accounts import ask_owners
from commerce.accounts.actions.token_usage import delete_old_token_requests
from commerce.accounts.bulk_actions.actions import expire_bulk_actions
from commerce.accounts.data_export.actions import expire_data_exports
from commerce.accounts.impersonation.actions import end_forgotten_impersonations
from commerce.accounts.list_exports.actions import expire_list_exports
from commerce.accounts.open_work.actions import delete_old_marks
from commerce.accounts.staff_mail.actions import queue_digests
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.reports.actions import keep_recurring_months
from commerce.catalog.exchange_rates.refresh import refresh_exchange_rates
from commerce.daily_steps import COUNTED_RECORDS, DAILY_STEPS
from commerce.domains.rdap.servers import refresh_server_list
from commerce.domains.sync import queue_due_syncs
from commerce.jobs.engine_calls import mend_engine
from commerce.jobs.job_states import park_jobs_of_silent_remotes, requeue_lost_jobs
from commerce.jobs.queue import delete_ended_jobs
from commerce.jobs.schedule import ScheduleEntry, is_entry_running
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.actions.lifecycle import delete_old_mails
from commerce.orders.actions.price_quotes import delete_old_price_quotes
from commerce.orders.sales_quotes.actions.drafts import delete_old_quotes
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.actions.card_setups import expire_card_setups
from commerce.payments.actions.gateway_events import REFUSED_DAYS, delete_old_gateway_events
from commerce.payments.actions.transfer_notices import lapse_transfer_notices
from commerce.runs.backups import send_backup_missing_email
from commerce.runs.due import run_when_due
from commerce.runs.forecasts import summarize_runs
from commerce.runs.history import send_run_missing_email
from commerce.site_settings import current
from commerce.webhook_endpoints.actions.deliveries import (
    delete_old_deliveries,
    forget_older_answers,
)
from commerce.webhook_endpoints.rules import LOG_DAYS
from commerce.webhook_endpoints.sending import end_endpoints_of_nobody


def _lost(at: datetime) -> None:
    requeue_lost_jobs(at=at)
    park_jobs_of_silent_remotes(at=at)
    mend_engine()


def _clean(at: datetime) -> None:
    days = current.get_setting("retention.provisioning_days")
    delete_ended_jobs(before=at - timedelta(days=days))


def _daily(at: datetime) -> None:
    run_when_due(DAILY_STEPS, at=at)


def _summaries(at: datetime) -> None:
    if not is_entry_running("daily", at=at):
        summarize_runs(DAILY_STEPS, numbered=(Invoice, CreditNote), counted=COUNTED_RECORDS, at=at)


def _missing(at: datetime) -> None:
    # A worker that has just come, after days or for the first time, makes up for it in another thread.
    if not is_entry_running("daily", at=at):
        send_run_missing_email(at=at)
    send_backup_missing_email(at=at)


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
    delete_old_token_writes(at=at)
    delete_old_staff_token_writes(at=at)


def _idempotent_replies(at: datetime) -> None:
    delete_old_replies(before=at - timedelta(days=current.get_setting("api.idempotency_days")))


def _webhook_endpoints(at: datetime) -> None:
    end_endpoints_of_nobody(at=at)
    forget_older_answers(at=at)
    delete_old_deliveries(before=at - timedelta(days=LOG_DAYS))


def _price_quotes(at: datetime) -> None:
    delete_old_price_quotes(before=at - timedelta(days=1))
    delete_old_quotes(at=at)


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
    ScheduleEntry("machine-accounts", timedelta(hours=6), lambda at: ask_owners(at=at)),
    ScheduleEntry("idempotent-replies", timedelta(hours=6), _idempotent_replies),
    ScheduleEntry("webhook-endpoints", timedelta(minutes=5), _webhook_endpoints),
    ScheduleEntry("price-quotes", timedelta(hours=6), _price_quotes),
    ScheduleEntry("rdap-servers", timedelta(days=1), _rdap_servers),
    ScheduleEntry("exchange-rates", timedelta(hours=3), refresh_exchange_rates),
    ScheduleEntry("recurring-months", timedelta(hours=1), keep_recurring_months),
    ScheduleEntry("name-syncs", timedelta(minutes=5), lambda at: queue_due_syncs(at=at)),
    ScheduleEntry("data-exports", timedelta(hours=1), lambda at: expire_data_exports(at=at)),
    ScheduleEntry("list-exports", timedelta(hours=1), lambda at: expire_list_exports(at=at)),
    ScheduleEntry("bulk-actions", timedelta(hours=1), lambda at: expire_bulk_actions(at=at)),
    ScheduleEntry("open-work-marks", timedelta(hours=1), lambda at: delete_old_marks(at=at)),
    ScheduleEntry("run-summaries", timedelta(minutes=15), _summaries),
    ScheduleEntry("staff-digests", timedelta(minutes=5), lambda at: queue_digests(at=at)),
    ScheduleEntry("sessions", timedelta(minutes=15), _sessions),
)
