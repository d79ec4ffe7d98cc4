"""A DNS server on this machine that knows the nameservers of some names."""

import socket
import threading

from dns import flags, message, rcode, rrset


class TinyResolver:
    """Answers questions for NS over UDP; other names do not exist. ``is_silent``: it answers nobody."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        self.is_silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            content, sender = self._socket.recvfrom(4096)
            if not content:
                return
            asked = message.from_wire(content)
            answer = message.make_response(asked)
            answer.flags |= flags.RA
            question = asked.question[0]
            hosts = self.names.get(question.name.to_text(omit_final_dot=True), [])
            if hosts:
                rows = [f"{host.upper()}." for host in hosts]
                answer.answer.append(rrset.from_text(question.name, 300, "IN", "NS", *rows))
            else:
                answer.set_rcode(rcode.NXDOMAIN)
            if not self.is_silent:
                self._socket.sendto(answer.to_wire(), sender)

    def end(self) -> None:
        """Answer what was asked, and no more: a socket that is closed meanwhile fails its thread."""
        self._socket.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()
