"""The DNS above our zones: a resolver and the parent's name servers in one, on a port of this machine."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

DS_TTL = 3_600


@dataclass
class DnsTree:
    """``delegations`` are the name servers of each name, ``ds_records`` its delegation signers as text, ``serials``
    what each of our hosts answers for it. All hosts have the address of this machine.
    """

    port: int = 0
    delegations: dict[str, list[str]] = field(default_factory=dict)
    ds_records: dict[str, list[str]] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)
    is_silent: bool = False
    keys_port: int = 0
    """Where a name server answers with the keys of its zones; none: our hosts have no keys."""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, question: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(question)
        asked = question.question[0]
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), asked.rdtype
        self.asked.append((name, dns.rdatatype.to_text(kind)))
        in_tree = name in self.delegations or name.count(".") == 0 or name.endswith("servers.test")
        if kind == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", "127.0.0.1"))
        elif kind == dns.rdatatype.NS and name.count(".") == 0:
            parent = dns.rrset.from_text(
                asked.name, 60, "IN", "NS", "a.servers.test.", "b.servers.test."
            )
            answer.answer.append(parent)
        elif kind == dns.rdatatype.NS and (hosts := self.delegations.get(name)):
            rows = [f"{host}." for host in hosts]
            answer.authority.append(dns.rrset.from_text(asked.name, 60, "IN", "NS", *rows))
        elif kind == dns.rdatatype.DS and (rows := self.ds_records.get(name)):
            answer.answer.append(dns.rrset.from_text(asked.name, DS_TTL, "IN", "DS", *rows))
        elif kind == dns.rdatatype.DNSKEY and self.keys_port:
            question = dns.message.make_query(asked.name, kind)
            there = dns.query.tcp(question, "127.0.0.1", port=self.keys_port, timeout=5)
            answer.answer.extend(there.answer)
        elif kind == dns.rdatatype.SOA and name in self.serials:
            soa = f"ns1. hostmaster. {self.serials[name]} 1 1 1 1"
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "SOA", soa))
        elif not in_tree:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@contextmanager
def dns_tree() -> Iterator[DnsTree]:
    """A tree that answers within the block."""
    tree = DnsTree()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            packet, socket = self.request
            if not tree.is_silent:
                socket.sendto(
                    tree.answer(dns.message.from_wire(packet)).to_wire(), self.client_address
                )

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        tree.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield tree
        finally:
            server.shutdown()
            thread.join()
