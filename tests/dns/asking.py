"""Asking a name server over DNS, as anybody would."""

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from tools.servers import PowerDns


def ask(server: PowerDns, name: str, kind: str, *, dnssec: bool = False) -> list[str]:
    """What it answers, one line for each record; ``["NXDOMAIN"]`` and the like for what is no answer."""
    question = dns.message.make_query(name, kind, want_dnssec=dnssec, use_edns=0, payload=1232)
    answer, _ = dns.query.udp_with_fallback(question, "127.0.0.1", port=server.dns_port, timeout=5)
    if answer.rcode() != dns.rcode.NOERROR:
        return [dns.rcode.to_text(answer.rcode())]
    wanted = {dns.rdatatype.from_text(kind)} | ({dns.rdatatype.RRSIG} if dnssec else set())
    return sorted(
        rdata.to_text() for rrset in answer.answer if rrset.rdtype in wanted for rdata in rrset
    )
