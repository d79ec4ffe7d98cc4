"""What pages and commands say of a zone's delegation, of records that look wrong, and of what made a version."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.dns.mail_policies import mail_warnings
from commerce.dns.models import Zone
from commerce.dns.rules import DnsRecord, DnssecStatus, VersionCause

DELEGATION_PROBLEMS: Mapping[str, Promise] = {
    "not_registered": _("The domain isn't registered, or has no nameservers."),
    "elsewhere": _("The domain uses other nameservers: %(about)s. This zone isn't in use."),
    "nameserver_missing": _("%(about)s isn't among the domain's nameservers."),
    "nameserver_foreign": _(
        "%(about)s doesn't belong to this zone. Visitors may get other answers."
    ),
    "nameserver_silent": _("%(about)s doesn't answer for this zone."),
    "nameserver_behind": _("%(about)s still answers with an earlier version."),
    "ds_left": _(
        "The registry has DS records, but the zone isn't signed. Remove them at the registrar."
    ),
    "ds_wrong": _(
        "The registry's DS records don't match the zone's keys. The domain may not resolve."
    ),
    "ds_missing": _("The registry has no DS records yet, so DNSSEC isn't in effect."),
}

RECORD_WARNINGS: Mapping[str, Promise] = {
    "zone.spf_term_unknown": _("SPF of %(name)s: %(part)s isn't a valid mechanism."),
    "zone.spf_too_many_lookups": _("SPF of %(name)s: needs more than 10 DNS lookups."),
    "zone.spf_allows_all": _("SPF of %(name)s: +all lets anyone send mail for this domain."),
    "zone.spf_without_all": _("SPF of %(name)s: should end with ~all or -all."),
    "zone.spf_after_all": _("SPF of %(name)s: everything after all is ignored."),
    "zone.spf1_twice": _("%(name)s has several SPF records. Combine them into one."),
    "zone.dmarc1_twice": _("%(name)s has several DMARC records. Keep only one."),
    "zone.dmarc_wrong_name": _("DMARC of %(name)s: the name must start with _dmarc."),
    "zone.dmarc_policy_missing": _("DMARC of %(name)s: p must be none, quarantine, or reject."),
    "zone.dmarc_address_not_valid": _(
        "DMARC of %(name)s: %(part)s needs addresses such as mailto:dmarc@example.com."
    ),
    "zone.dkim_incomplete": _("DKIM of %(name)s: v=DKIM1 or the key p is missing."),
    "zone.dkim_key_not_valid": _("DKIM of %(name)s: the key isn't valid. Copy it again."),
}

DNSSEC_LABELS: Mapping[str, Promise] = {
    DnssecStatus.UNSIGNED: _("Off"),
    DnssecStatus.SIGNED: _("On"),
    DnssecStatus.UNSIGNING: _("Being turned off"),
}
"""Whether a zone is signed."""

CAUSE_LABELS: Mapping[str, Promise] = {
    VersionCause.TEMPLATE: _("Default records"),
    VersionCause.EDIT: _("Changed"),
    VersionCause.IMPORT: _("Imported"),
    VersionCause.RESTORE: _("Restored"),
}


def delegation_texts(zone: Zone) -> list[str]:
    """What is wrong with a zone's delegation, as the last check found."""
    return [
        str(DELEGATION_PROBLEMS[each["code"]]) % {"about": each.get("about", "")}
        for each in zone.delegation_problems
        if each["code"] in DELEGATION_PROBLEMS
    ]


def warning_texts(records: Sequence[DnsRecord]) -> list[str]:
    """What looks wrong with the records that mail servers read."""
    return [
        str(RECORD_WARNINGS[each.code]) % {"name": each.name, "part": each.part}
        for each in mail_warnings(records)
    ]
