"""`/admin/domains`: the names of all clients, and what staff do with one (domains.md 9)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter, TextFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.domains.domain_actions import DOMAIN_ACTIONS
from commerce.backoffice.domains.domain_panels import DOMAIN_PANELS
from commerce.backoffice.lists.columns import (
    Column,
    columns_of,
)
from commerce.backoffice.lists.filters import choice_filter, status_filter
from commerce.backoffice.sales.searching import records_found
from commerce.backoffice.system.remotes import trouble_notices
from commerce.domains.labels import CONTACT_ROLE_LABELS
from commerce.domains.models import Domain, RegistrantVerification
from commerce.domains.records.domains import DOMAIN_FIELDS
from commerce.domains.registrars.registry import (
    REGISTRAR_CLASSES,
    registrar_name_of,
    registrar_names,
    remote_name_of,
)
from commerce.domains.rules import (
    DomainStatus,
    TransferHold,
    VerificationState,
    normalize_tld,
)
from commerce.presentation.addresses import town_lines
from commerce.presentation.countries import country_name
from commerce.presentation.formats import format_day
from commerce.presentation.idn import readable_name, stored_name

_HOLDS = {
    TransferHold.CODE_MISSING: _lazy("The transfer is waiting for an authorization code."),
    TransferHold.CODE_WRONG: _lazy("The authorization code was wrong. The client was asked."),
    TransferHold.BEING_CANCELLED: _lazy("The transfer is being canceled."),
}


def registrar_labels() -> Mapping[str, Text]:
    """What registrars are called."""
    return {slug: REGISTRAR_CLASSES[slug].name for slug in registrar_names()}


class _TldFilter(TextFilter):
    """Domains of a TLD."""

    title = _lazy("TLD")
    parameter_name = "tld"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        typed = normalize_tld(self.value() or "")
        return queryset.filter(tld=typed) if typed else queryset


def _contact(role: str) -> Column:
    def shown(domain: Domain) -> str:
        kept = domain.contacts.get(role) or {}
        if role != "registrant" and kept and kept == domain.contacts.get("registrant"):
            return _("Same as registrant")
        name = " ".join(filter(None, (kept.get("first_name"), kept.get("last_name"))))
        where = (kept.get(part) for part in ("company", "email", "phone", "address1", "address2"))
        country = kept.get("country") or ""
        parts = {part: kept.get(part) or "" for part in ("city", "state", "postcode")}
        town = town_lines(country, **parts)
        country_words = country_name(country) if country else ""
        return ", ".join(filter(None, (name, *where, *town, country_words)))

    return Column(CONTACT_ROLE_LABELS[role], shown)


def _holder(domain: Domain) -> Iterable[Text]:
    """That its registrant has not confirmed their address yet."""
    row = RegistrantVerification.objects.filter(domain=domain).first()
    if row is None or domain.status != DomainStatus.ACTIVE:
        return
    if row.state == VerificationState.SUSPENDED:
        yield _("This domain doesn't work until its registrant confirms their email address.")
    elif row.last_day:
        words = _(
            "The registrant must confirm their email address by %(day)s, or this domain stops working."
        )
        yield words % {"day": format_day(row.last_day)}
    else:
        yield _(
            "The registrant must confirm their email address soon, or this domain stops working."
        )


class DomainAdmin(RecordAdmin):
    """Domains, newest first."""

    model = Domain
    described_by = DOMAIN_FIELDS
    slug = "domains"
    label = _lazy("Domains")
    view_permission = StaffPermission.DOMAINS_VIEW
    menu = MenuGroup.DOMAINS
    found_by_search = True
    ordering = ("-pk",)
    search_fields = ("domain_name",)
    search_help_text = _lazy("Search by domain name or client")
    list_filter = (
        status_filter("domain"),
        choice_filter("registrar", _lazy("Registrar"), registrar_labels),
        _TldFilter,
        ("client", AutocompleteSelectFilter),
        ("expiry_date", RangeDateFilter),
    )
    linked_lookups = ("auto_renew", "currency", "next_due_date")
    list_display = columns_of(
        DOMAIN_FIELDS, "display_name client status expiry_date auto_renew own_registrar amount"
    )
    record_fieldsets = (
        (
            _lazy("Details"),
            columns_of(
                DOMAIN_FIELDS,
                "status registrar remote_id registration_date expiry_date nameservers"
                " locked whois_privacy synced_at notes",
            ),
        ),
        (
            _lazy("Billing"),
            columns_of(DOMAIN_FIELDS, "amount term_years next_due_date auto_renew created_at"),
        ),
        (_lazy("Contacts"), tuple(_contact(role) for role in CONTACT_ROLE_LABELS)),
    )
    record_actions = DOMAIN_ACTIONS
    panels = DOMAIN_PANELS

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """By the beginning of the name, or by their clients."""
        text = search_term.strip()
        own = Q(domain_name__startswith=stored_name(text).lower())
        return records_found(request, queryset, text, number="", own=own), False

    def record_title(self, record: Domain) -> str:
        return readable_name(record.domain_name)

    def record_notices(self, request: HttpRequest, record: Domain) -> Iterable[Text]:
        yield from trouble_notices(request, remote_name_of(registrar_name_of(record)))
        if record.transfer_hold:
            yield _HOLDS[TransferHold(record.transfer_hold)]
        yield from _holder(record)
