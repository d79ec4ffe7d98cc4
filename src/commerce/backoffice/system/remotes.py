"""Servers, registrars and gateways that do not answer, refuse us, or are not themselves: since when, why, and what
waits for them (services-and-provisioning.md 5).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, npgettext

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import Text
from commerce.dns.servers.registry import SERVER_CLASSES
from commerce.domains.job_names import REGISTER_DOMAIN, TRANSFER_DOMAIN
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.hosting.job_names import CREATE_ACCOUNT, remote_name_of_server
from commerce.hosting.models import Server
from commerce.jobs.models import Job, RemoteState
from commerce.jobs.remotes import troubled_remote
from commerce.jobs.rules import UNFINISHED_STATES, RestCause
from commerce.kit import clock
from commerce.kit.remote import silence
from commerce.kit.remote.silence import split_silence
from commerce.orders.models import Order
from commerce.payments.gateways.accounts_in_use import unanswered_of_gateway
from commerce.payments.gateways.registry import get_gateway, offerable_slugs
from commerce.presentation.formats import count_text

_ORDERED = (CREATE_ACCOUNT, REGISTER_DOMAIN, TRANSFER_DOMAIN)
"""Jobs that carry out what somebody has ordered and paid."""


_REASONS = {
    silence.TOO_LATE: _lazy("it takes too long"),
    silence.UNKNOWN_NAME: _lazy("its name isn't known"),
    silence.REFUSED: _lazy("the connection is refused"),
    silence.UNREACHABLE: _lazy("there is no way to it"),
    silence.NO_CONNECTION: _lazy("no connection"),
    silence.NOT_TRUSTED: _lazy("its certificate isn't trusted"),
    silence.OTHER_CERTIFICATE: _lazy("it shows another certificate than the pinned one"),
    silence.BROKEN_OFF: _lazy("the connection broke off"),
    silence.NO_ADDRESS: _lazy("its address isn't valid"),
}
"""Why nothing came back, in the reader's language."""


@dataclass(frozen=True, slots=True)
class TroubledRemote:
    """One of them: what it is called, where its record is, who sees it, and its trouble in words."""

    name: str
    url: str
    permission: StaffPermission
    state: RemoteState

    @property
    def words(self) -> str:
        """What is wrong, since when and why; and what waits, each in a sentence."""
        return " ".join([self._trouble(), *self._waiting()])

    @property
    def link(self) -> Text:
        """The same with a link to its record."""
        return format_html('{} <a href="{}">{}</a>', self.words, self.url, self.name)

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
        host, reason = split_silence(self.state.problem)
        if not reason:
            return _("no details")
        said = str(_REASONS.get(reason, reason))
        return f"{host}: {said}" if host else said.rstrip(".")

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
        ordered = jobs.filter(action__in=_ORDERED).values("subject_id")
        orders = (
            Order.objects.filter(items__units__service__in=ordered.filter(subject_kind="service"))
            | Order.objects.filter(items__units__domain__in=ordered.filter(subject_kind="domain"))
        ).distinct()
        if count := orders.count():
            words = ngettext(
                "%(count)s paid order is waiting.", "%(count)s paid orders are waiting.", count
            )
            yield words % {"count": count_text(count)}
        if count := jobs.exclude(action__in=_ORDERED).count():
            words = ngettext("%(count)s task is waiting.", "%(count)s tasks are waiting.", count)
            yield words % {"count": count_text(count)}


def duration_text(since: datetime, now: datetime) -> str:
    """Whole minutes, hours from two on, days from two on: to come after "for"."""
    minutes = max(int((now - since) / timedelta(minutes=1)), 0)
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


def trouble_notices(remote: str) -> Iterator[Text]:
    """What stands above the record of something that lives there."""
    if found := trouble_of(remote):
        yield found.link


def _remote_of(state: RemoteState) -> TroubledRemote | None:
    """None for one that is not there any more."""
    noun, _space, name = state.name.partition(" ")
    if noun == "server":
        found = Server.objects.filter(name__startswith=name)  # jobs cut a long name
        server = next((one for one in found if remote_name_of_server(one.name) == state.name), None)
        if server is None:
            return None
        url = reverse("admin:hosting_server_change", args=[server.pk])
        return TroubledRemote(name, url, StaffPermission.SERVERS_VIEW, state)
    if noun == "registrar" and name in REGISTRAR_CLASSES:
        url = reverse("admin:registrar_domains", args=[name])
        label = str(REGISTRAR_CLASSES[name].name)
        return TroubledRemote(label, url, StaffPermission.DOMAINS_VIEW, state)
    if noun == "gateway" and name in offerable_slugs():
        url = reverse("admin:gateway", args=[name])
        label = f"{get_gateway(name).name} ({name})"  # clients know it as "Card"
        return TroubledRemote(label, url, StaffPermission.PAYMENTS_VIEW, state)
    if noun == "dns" and name in SERVER_CLASSES:
        url = reverse("admin:settings_group", args=["dns"])
        return TroubledRemote(
            str(SERVER_CLASSES[name].name), url, StaffPermission.DOMAINS_VIEW, state
        )
    return None
