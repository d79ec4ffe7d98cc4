"""Servers, registrars and gateways that do not answer, refuse us, or are not themselves: since when, why, and what
waits for them (services-and-provisioning.md 5).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.base.pages import Text
from commerce.domains.job_names import REGISTER_DOMAIN, TRANSFER_DOMAIN
from commerce.hosting.job_names import CREATE_ACCOUNT
from commerce.jobs.models import Job, RemoteState
from commerce.jobs.remotes import troubled_remote
from commerce.jobs.rules import UNFINISHED_STATES, RestCause
from commerce.jobs.words import words_of_remote
from commerce.kit import clock
from commerce.orders.models import Order
from commerce.payments.gateways.accounts_in_use import unanswered_of_gateway
from commerce.presentation.formats import count_text
from commerce.presentation.silences import problem_words

ORDERED_JOBS = (CREATE_ACCOUNT, REGISTER_DOMAIN, TRANSFER_DOMAIN)
"""Jobs that carry out what somebody has ordered and paid."""


@dataclass(frozen=True, slots=True)
class TroubledRemote:
    """One of them: what it is called, where its record is, who sees its trouble and who its record, and the trouble in
    words.
    """

    name: str
    url: str
    permission: StaffPermission
    page_permission: StaffPermission
    state: RemoteState

    @property
    def words(self) -> str:
        """What is wrong, since when and why; and what waits, each in a sentence."""
        return " ".join([self._trouble(), *self._waiting()])

    def _trouble(self) -> str:
        texts = {
            RestCause.REFUSED: _(
                "%(name)s has refused your credentials for %(duration)s (%(reason)s)."
            ),
            RestCause.MOVED: _(
                "Something else has been answering in place of %(name)s for %(duration)s (%(reason)s)."
            ),
        }
        text = texts.get(
            RestCause(self.state.cause),
            _("%(name)s hasn't answered for %(duration)s (%(reason)s)."),
        )
        duration = duration_text(self.state.since, clock.now())
        return text % {"name": self.name, "duration": duration, "reason": self._reason()}

    def _reason(self) -> str:
        return str(problem_words(self.state.problem)).rstrip(".") or _("no details")

    def _waiting(self) -> Iterator[str]:
        noun, _space, slug = self.state.name.partition(" ")
        if noun == "gateway" and (count := unanswered_of_gateway(slug)):
            words = ngettext(
                "%(count)s payment or refund is waiting.",
                "%(count)s payments or refunds are waiting.",
                count,
            )
            yield words % {"count": count_text(count)}
        jobs = Job.objects.filter(remote=self.state.name, status__in=UNFINISHED_STATES)
        ordered = jobs.filter(action__in=ORDERED_JOBS).values("subject_id")
        orders = (
            Order.objects.filter(items__units__service__in=ordered.filter(subject_kind="service"))
            | Order.objects.filter(items__units__domain__in=ordered.filter(subject_kind="domain"))
        ).distinct()
        if count := orders.count():
            words = ngettext(
                "%(count)s paid order is waiting.", "%(count)s paid orders are waiting.", count
            )
            yield words % {"count": count_text(count)}
        if count := jobs.exclude(action__in=ORDERED_JOBS).count():
            words = ngettext("%(count)s task is waiting.", "%(count)s tasks are waiting.", count)
            yield words % {"count": count_text(count)}


def duration_text(since: datetime, now: datetime) -> str:
    """Whole minutes, hours from two on, days from two on: to come after "for"."""
    minutes = max(int((now - since) / timedelta(minutes=1)), 0)
    if not minutes:
        return pgettext("for how long", "less than a minute")
    if minutes < 120:
        text = npgettext("for how long", "%(count)s minute", "%(count)s minutes", minutes)
        return text % {"count": minutes}
    hours = minutes // 60
    if hours < 48:
        return npgettext("for how long", "%(count)s hour", "%(count)s hours", hours) % {
            "count": hours
        }
    days = hours // 24
    return npgettext("for how long", "%(count)s day", "%(count)s days", days) % {
        "count": count_text(days)
    }


def troubled_remotes(held: Collection[StaffPermission]) -> Iterator[TroubledRemote]:
    """Those that a person with these permissions may see, by name."""
    for state in RemoteState.objects.filter(silences__gt=0).order_by("name"):
        found = _remote_of(state)
        if found is not None and found.permission in held:
            yield found


def trouble_of(remote: str) -> TroubledRemote | None:
    """That of a server, registrar or gateway, by the name that jobs have for it."""
    state = troubled_remote(remote) if remote else None
    return _remote_of(state) if state else None


def trouble_notices(request: HttpRequest, remote: str) -> Iterator[Text]:
    """What stands above the record of something that lives there, with a link for whoever may follow it."""
    found = trouble_of(remote)
    if found is not None and may(request, found.page_permission):
        yield format_html('{} <a href="{}">{}</a>', found.words, found.url, found.name)
    elif found is not None:
        yield found.words


_P = StaffPermission
_PERMISSIONS = {
    "server": (_P.SERVERS_VIEW, _P.SERVERS_VIEW),
    "registrar": (_P.DOMAINS_VIEW, _P.DOMAINS_VIEW),
    "gateway": (_P.PAYMENTS_VIEW, _P.SETTINGS_VIEW),
    "dns": (_P.DOMAINS_VIEW, _P.SETTINGS_VIEW),
    "mail": (_P.CLIENTS_VIEW, _P.CLIENTS_VIEW),
}
"""Who sees the trouble of a remote and who its record, by the first word of its name."""


def _remote_of(state: RemoteState) -> TroubledRemote | None:
    """None for one that is not there any more."""
    found = words_of_remote(state.name)
    if found is None:
        return None
    sees, opens = _PERMISSIONS[state.name.partition(" ")[0]]
    return TroubledRemote(str(found.name), f"/admin/{found.page}", sees, opens, state)
