"""What errors about zones and their records say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

from commerce.kit.errors import TwoTexts

ERRORS = {
    "dns.no_nameservers": _("Set dns.nameservers to at least two nameservers first."),
    "dns.off": TwoTexts(
        member=_("DNS hosting isn't available."), staff=_("No DNS server is set up.")
    ),
    "dns.placeholder_unknown": _("%(name)s isn't a placeholder of DNS templates. Use %(known)s."),
    "dns.server_not_answering": _("%(server)s isn't answering: %(problem)s"),
    "dns.server_settings_missing": _("%(server)s needs these settings first: %(fields)s."),
    "dns.server_unknown": _("DNS server %(name)s not found. Available: %(known)s."),
    "dns.soa_not_valid": _(
        "The SOA record needs a nameserver, a mailbox, a serial, and four times."
    ),
    "dns.template_not_valid": _("The DNS template isn't valid. %(problem)s"),
    "zone.a_not_valid": _("Line %(line)s: %(value)s isn't an IPv4 address."),
    "zone.aaaa_not_valid": _("Line %(line)s: %(value)s isn't an IPv6 address."),
    "zone.alias_below_apex": _("Line %(line)s: ALIAS records only work for the domain itself (@)."),
    "zone.alias_beside_addresses": _(
        "Line %(line)s: the domain can't have an ALIAS record together with A, AAAA, or other ALIAS records."
    ),
    "zone.alias_not_supported": _("Line %(line)s: ALIAS records aren't supported here."),
    "zone.being_unsigned": _("DNSSEC is already being turned off."),
    "zone.caa_tag_unknown": _(
        "Line %(line)s: CAA records need the tag issue, issuewild, issuemail, or iodef."
    ),
    "zone.changed_meanwhile": _(
        "This zone was changed in the meantime. Open it again to see the current records, then make your changes."
    ),
    "zone.client_without_service": _(
        "DNS for domains registered elsewhere needs an active service."
    ),
    "zone.cname_at_apex": _("Line %(line)s: the domain itself (@) can't have a CNAME record."),
    "zone.cname_beside_others": _(
        "Line %(line)s: %(name)s has a CNAME record, so it can't have any other records."
    ),
    "zone.directive_unknown": _("Line %(line)s: %(name)s isn't supported."),
    "zone.ds_at_apex": _(
        "Line %(line)s: DS records belong to subdomains that have nameservers of their own."
    ),
    "zone.ds_of_others": _(
        "The registry still has DS records of another DNS provider. Turn off DNSSEC there, and try again once they're"
        " gone."
    ),
    "zone.ds_without_ns": _("Line %(line)s: %(name)s has a DS record but no NS records."),
    "zone.ended": _("This zone has ended."),
    "zone.exists": _("%(name)s already has a zone."),
    "zone.file_too_large": _("The zone file is too large."),
    "zone.host_not_valid": _("Line %(line)s: %(host)s isn't a host name."),
    "zone.import_refused": _("The zone file has errors on %(count)s lines. Nothing was changed."),
    "zone.line_unreadable": _("Line %(line)s can't be read."),
    "zone.mx_not_valid": _(
        "Line %(line)s: enter a priority and a host, such as 10 mail.example.com."
    ),
    "zone.name_not_allowed": _("%(name)s can't have a zone here."),
    "zone.name_not_valid": _("Line %(line)s: %(name)s isn't a valid name."),
    "zone.name_outside": _("Line %(line)s: %(name)s isn't part of %(zone)s."),
    "zone.no_earlier_version": _("There are no earlier versions."),
    "zone.no_nameserver": _("Line %(line)s: the domain itself (@) needs at least one NS record."),
    "zone.no_value": _("Line %(line)s: enter a value."),
    "zone.not_delegated": _(
        "DNSSEC needs our nameservers. Change the domain's nameservers, check the delegation, then try again."
    ),
    "zone.not_signed": _("DNSSEC isn't on."),
    "zone.parent_answer_old": _("The registry's answer is too old. Try again."),
    "zone.parent_silent": _("The registry isn't answering right now. Try again later."),
    "zone.quotes_not_closed": _("Line %(line)s: a quotation mark is missing."),
    "zone.record_twice": _("Line %(line)s: this record exists already."),
    "zone.record_unknown": _("Line %(line)s: %(name)s has no such %(type)s record."),
    "zone.signed": _("DNSSEC is on."),
    "zone.srv_not_valid": _(
        "Line %(line)s: enter priority, weight, port, and host, such as 10 5 5060 sip.example.com."
    ),
    "zone.still_signed": _(
        "DNSSEC is still in effect. Turn it off in the domain's DNS records, then wait until it's off."
    ),
    "zone.text_not_printable": _("Line %(line)s: the text contains control characters."),
    "zone.text_too_long": _("Line %(line)s: the text must have 1 to %(maximum)s bytes."),
    "zone.too_many_elsewhere": _(
        "You can have at most %(maximum)s zones for domains registered elsewhere."
    ),
    "zone.too_many_records": _("Line %(line)s: a zone has at most %(maximum)s records."),
    "zone.ttl_not_valid": _("Line %(line)s: enter a TTL from %(least)s to %(most)s seconds."),
    "zone.ttls_differ": _(
        "Line %(line)s: all %(type)s records of %(name)s need the same TTL; the first one has %(ttl)s."
    ),
    "zone.type_unknown": _("Line %(line)s: %(type)s isn't a supported record type."),
    "zone.unknown": _("Zone %(name)s not found."),
    "zone.value_not_valid": _(
        "Line %(line)s: this isn't a valid value for %(type)s. Example: %(example)s"
    ),
    "zone.version_unknown": _("Version %(number)s is no longer available."),
}
