"""A stand-in for the RDAP server of a registry on this machine: static documents in the form of RFC 9083."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

NO_SUCH_NAME = {
    "rdapConformance": ["rdap_level_0"],
    "errorCode": 404,
    "title": "Not Found",
    "description": ["There is no such domain here."],
}


def domain_document(name: str, **changed: Any) -> dict[str, Any]:
    """A registered name as a registry of a generic TLD shows it, with what the keywords say instead."""
    return {
        "rdapConformance": ["rdap_level_0", "icann_rdap_response_profile_1"],
        "objectClassName": "domain",
        "handle": "2336799_DOMAIN_COM-VRSN",
        "ldhName": name.upper(),
        "status": ["client delete prohibited", "client transfer prohibited"],
        "entities": [
            {
                "objectClassName": "entity",
                "handle": "292",
                "roles": ["registrar"],
                "publicIds": [{"type": "IANA Registrar ID", "identifier": "292"}],
                "vcardArray": [
                    "vcard",
                    [["version", {}, "text", "4.0"], ["fn", {}, "text", "Elsewhere Names Ltd"]],
                ],
            }
        ],
        "events": [
            {"eventAction": "registration", "eventDate": "2020-03-01T04:00:00Z"},
            {"eventAction": "expiration", "eventDate": "2027-02-28T23:30:00-05:00"},
            {"eventAction": "transfer", "eventDate": "2026-01-10T09:00:00Z"},
            {
                "eventAction": "last update of RDAP database",
                "eventDate": "2026-04-08T10:00:00Z",
            },
        ],
        "nameservers": [
            {"objectClassName": "nameserver", "ldhName": "NS1.ELSEWHERE.EXAMPLE"},
            {"objectClassName": "nameserver", "ldhName": "NS2.ELSEWHERE.EXAMPLE"},
        ],
        "secureDNS": {"delegationSigned": False},
        "notices": [{"title": "Terms of Use", "description": ["For lawful purposes."]}],
        **changed,
    }


class FakeRdap:
    """The documents that it serves by path, each with its status and headers, and what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str]] = []
        self.url = ""

    def shows(self, path: str, document: object, status: int = 200, **headers: str) -> None:
        """Serve a document, or these very bytes, at a path such as ``/domain/example.com``."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Type": "application/rdap+json"} | named, body)

    def shows_domain(self, name: str, **changed: Any) -> None:
        self.shows(f"/domain/{name}", domain_document(name, **changed))

    def answer_to(self, path: str) -> tuple[int, dict[str, str], bytes]:
        nothing = json.dumps(NO_SUCH_NAME).encode()
        return self.answers.get(path, (404, {"Content-Type": "application/rdap+json"}, nothing))


@contextmanager
def serve_rdap() -> Iterator[FakeRdap]:
    """Serve it until the block ends."""
    stand = FakeRdap()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand.asked.append((self.path, self.headers.get("Accept", "")))
            status, headers, body = stand.answer_to(self.path)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 1 / 50}, daemon=True)
    thread.start()
    try:
        yield stand
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
