"""A mail server that says hello and goodbye, and takes nothing in between."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def mail_server_on() -> Iterator[int]:
    """Its port on this machine, as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = server.accept()
                    with caller, caller.makefile("rwb", buffering=0) as lines:
                        lines.write(b"220 ready\r\n")
                        while lines.readline()[:4].upper() not in (b"", b"QUIT"):
                            lines.write(b"250 fine\r\n")
                        lines.write(b"221 bye\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
