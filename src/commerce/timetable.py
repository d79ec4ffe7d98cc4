"""What happens when: the only list of periodic work. The worker looks at it every few seconds.

An entry asks what is due up to the instant that it is told, so a turn that was missed is made up for by the next one.
"""

from datetime import UTC, datetime, timedelta

from django.contrib.sessions.backends.db import SessionStore

from commerce.accounts.actions import forget_old_requests
from commerce.billing import daily
from commerce.billing.daily import (
    Act,
    Step,
    dunning,
    ending,
    renewing,
    taxing,
    tell_of_missing_run,
    upkeep,
)
from commerce.jobs.actions import clean_jobs, give_back_lost
from commerce.jobs.scheduling import Entry, is_at_work
from commerce.kit.actor import SYSTEM
from commerce.mail.actions import forget_old_mails
from commerce.orders import daily as ordering
from commerce.payments.actions import expire_attempts, lapse_declarations
from commerce.preferences import current
from commerce.proof import daily as proving

DAILY = (
    Step("vat", "asks about VAT numbers", taxing.find_vat, taxing.check_vat, "pk", network=True),
    Act(
        "tax-rules",
        "looks for countries without a rate",
        taxing.tell_of_missing_rules,
        "would look for countries without a rate",
    ),
    Step("cancel", "ends services on their last day", ending.find_to_cancel, ending.cancel),
    Step("renew", "invoices services", renewing.find_to_renew, renewing.renew, "pk"),
    Step(
        "renew-domains",
        "invoices domains",
        renewing.find_domains_to_renew,
        renewing.renew_names,
        "pk",
    ),
    Step("overdue", "says which are late", dunning.find_overdue, dunning.make_overdue),
    Step("late-fees", "charges fees", dunning.find_without_fee, dunning.charge_fee),
    Step("remind", "reminds of invoices", dunning.find_to_remind, dunning.remind),
    Step("suspend", "suspends services", dunning.find_to_suspend, dunning.suspend),
    Step("terminate", "warns, then ends services", dunning.find_to_terminate, dunning.terminate),
    Step("expire-orders", "cancels unpaid orders", ordering.find_unpaid, ordering.cancel_unpaid),
    Step("lapse", "takes back unpaid plan changes", ending.find_lapsed, ending.lapse),
    Step(
        "give-up-names",
        "takes back renewals of lost names",
        renewing.find_given_up,
        renewing.give_up,
        "invoice__client_id",
    ),
    Step("domains", "moves names on that passed a day", renewing.find_passed, renewing.pass_on),
    Step("tell-expiry", "tells of names that expire", renewing.find_expiring, renewing.tell_expiry),
    Step(
        "expire-carts",
        "forgets old carts",
        ordering.find_old_carts,
        ordering.expire_old_cart,
        "",
    ),
    Act(
        "clean",
        "forgets what was kept long enough",
        upkeep.clean,
        "would forget what was kept long enough",
    ),
    Act(
        "parked",
        "tells of work that waits for staff",
        upkeep.tell_of_parked_jobs,
        "would tell of work that waits for staff",
    ),
    Act("prove", "checks the books", proving.prove_nightly, "would check the books"),
)
"""The steps of the daily run, in their order (billing.md 10)."""


def _lost(at: datetime) -> None:
    give_back_lost(at=at)


def _clean(at: datetime) -> None:
    days = current.get("retention.provisioning_days")
    clean_jobs(before=at - timedelta(days=days))


def _daily(at: datetime) -> None:
    daily.run_when_due(DAILY, at=at)


def _missing(at: datetime) -> None:
    # A worker that has just come, after days or for the first time, makes up for it in another thread.
    if not is_at_work("daily", at=at):
        tell_of_missing_run(at=at)


def _attempts(at: datetime) -> None:
    expire_attempts(at=at, actor=SYSTEM)


def _declarations(at: datetime) -> None:
    lapse_declarations(day=current.business_date(at), at=at, actor=SYSTEM)


def _old_mails(at: datetime) -> None:
    forget_old_mails(before=at - timedelta(days=current.get("retention.mail_days")))


def _token_requests(at: datetime) -> None:
    forget_old_requests(day=at.astimezone(UTC).date())


def _sessions(at: datetime) -> None:
    del at  # the store of sessions looks at its own clock
    SessionStore.clear_expired()


ENTRIES = (
    Entry("daily", timedelta(minutes=5), _daily),
    Entry("missing-run", timedelta(hours=1), _missing),
    Entry("lost-jobs", timedelta(minutes=1), _lost),
    Entry("clean-jobs", timedelta(hours=1), _clean),
    Entry("attempts", timedelta(minutes=5), _attempts),
    Entry("declarations", timedelta(hours=1), _declarations),
    Entry("old-mails", timedelta(hours=6), _old_mails),
    Entry("token-requests", timedelta(hours=6), _token_requests),
    Entry("sessions", timedelta(hours=6), _sessions),
)
