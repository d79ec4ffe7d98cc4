"""The ALIAS record, which no RFC has: number and name as PowerDNS gives them, known to dnspython from here on."""

import dns.rdata
import dns.rdatatype
import dns.rdtypes.nsbase

NUMBER = 65401


class ALIAS(dns.rdtypes.nsbase.NSBase):
    """What a name's addresses are copied from, by the server."""


def register() -> None:
    """Let dnspython read and write it, once."""
    import sys

    try:
        dns.rdatatype.from_text("ALIAS")
    except dns.rdatatype.UnknownRdatatype:
        dns.rdata.register_type(sys.modules[__name__], NUMBER, "ALIAS")
