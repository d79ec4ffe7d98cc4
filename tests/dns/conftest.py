"""A real PowerDNS for these tests."""

from tests.dns.powerdns import name_server, running_powerdns, tree

__all__ = ["name_server", "running_powerdns", "tree"]
