"""A session is as short as an operation, over in time, and never used again once something went wrong on it."""

import logging
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives import serialization

from commerce.domains.registrars.contract import DomainName, RegistrarProblem, RegistrarState
from commerce.domains.registrars.epp.adapter import EppRegistrar
from commerce.kit.remote.time_limits import calls_end_at
from tests.domains.registrars.sides import CONTACTS
from tests.doubles.epp.account import OURS
from tests.doubles.epp.certificates import certificates
from tests.doubles.epp.frames import NAMESPACES, mistakes_in, read_frame
from tests.doubles.epp.registry import EppRegistry
from tests.doubles.epp.server import EppFault, EppServer

OURS_TEST = DomainName("ours.test", "test")
BROKEN = ["silent", "lost", "cut", "nonsense", "other", "2400", "2500"]


@pytest.fixture(autouse=True)
def _name(registry: EppRegistry) -> None:
    registry.add_domain("ours.test", OURS)


def test_each_operation_logs_in_and_out(
    server: EppServer, registry: EppRegistry, registrar: EppRegistrar
) -> None:
    registry.session_limit = 1
    for _again in range(3):
        assert registrar.info(OURS_TEST).ok
    assert server.received == ["login", "domain:info", "logout"] * 3
    wait_until(lambda: server.open_sessions == 0)


@pytest.mark.parametrize("kind", BROKEN)
def test_after_an_error_another_session_asks_again(
    server: EppServer, registrar: EppRegistrar, kind: str
) -> None:
    server.faults.append(EppFault("domain:info", kind))
    assert registrar.info(OURS_TEST).problem == RegistrarProblem.RETRY
    found = registrar.info(OURS_TEST).data
    assert found is not None
    assert found.state == RegistrarState.ACTIVE
    wait_until(lambda: server.open_sessions == 0)


@pytest.mark.parametrize(
    "told",
    [
        "",
        "<infData/>",
        "<infData><clID>registrar-1</clID><exDate>never</exDate></infData>",
        "<infData><clID>registrar-1</clID><crDate>2026-13-45</crDate></infData>",
        "<infData><clID>registrar-1</clID><dsData><keyTag>x</keyTag></dsData></infData>",
        "<chkData><cd/></chkData><trnData/>",
    ],
)
def test_an_answer_that_lacks_what_it_must_have_is_not_believed(
    server: EppServer, registrar: EppRegistrar, told: str
) -> None:
    body = f'<epp><response><result code="1000"/><resData>{told}</resData></response></epp>'
    for ask in (
        lambda: registrar.get_code(OURS_TEST),
        lambda: registrar.set_ds_records(OURS_TEST, []),
        lambda: registrar.check_one("ours", "test"),
        lambda: registrar.transfer(OURS_TEST, code="c0de", contacts=CONTACTS, key="1"),
        lambda: registrar.info(OURS_TEST),
    ):
        server.faults = [
            EppFault(command, "says", times=-1, body=body.encode())
            for command in ("domain:info", "domain:check", "domain:transfer")
        ]
        assert ask().problem != RegistrarProblem.NOT_FOUND


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("<a>" * 60 + "</a>" * 60, "too deep"),
        ("<a>" * 50_000 + "</a>" * 50_000, "refused"),
        ("<a/>" * 110_000, "too many elements"),
        ("\xff", "UTF-8"),
    ],
)
def test_an_answer_beyond_bounds_is_none_and_ends_the_line(
    server: EppServer, registrar: EppRegistrar, told: str, reason: str
) -> None:
    body = f'<epp><response><result code="1000"/><resData>{told}</resData></response></epp>'
    server.faults = [EppFault("domain:info", "says", times=-1, body=body.encode("latin-1"))]
    answer = registrar.info(OURS_TEST)
    assert answer.problem == RegistrarProblem.RETRY
    assert reason in answer.message


def test_too_many_sessions_are_waited_for(
    server: EppServer, registry: EppRegistry, settings: dict[str, str]
) -> None:
    registry.session_limit = 0

    def allow() -> None:
        wait_until(lambda: "login" in server.received)
        registry.session_limit = 1

    threading.Thread(target=allow).start()
    assert EppRegistrar(settings).info(OURS_TEST).ok
    assert server.received[:2] == ["login", "login"]


def test_too_many_sessions_for_long_are_to_be_tried_again(
    registry: EppRegistry, registrar: EppRegistrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.session_limit = 0
    monkeypatch.setattr(EppRegistrar, "call_seconds", 4)
    assert registrar.info(OURS_TEST).problem == RegistrarProblem.RETRY


def test_sessions_side_by_side_are_each_their_own(
    registry: EppRegistry, registrar: EppRegistrar
) -> None:
    names = [f"name-{number}.test" for number in range(6)]
    registry.session_limit = 3
    for name in names:
        registry.add_domain(name, OURS)
    found: dict[str, str] = {}

    def ask(name: str) -> None:
        data = registrar.info(DomainName(name, "test")).data
        found[name] = data.remote_id if data is not None else ""

    threads = [threading.Thread(target=ask, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: registry.domains[name].roid for name in names}


def test_a_page_with_little_time_does_not_wait(server: EppServer, registrar: EppRegistrar) -> None:
    server.faults.append(EppFault("domain:info", "slow", seconds=20))
    began = time.monotonic()
    with calls_end_at(began + 1):
        assert registrar.info(OURS_TEST).problem == RegistrarProblem.RETRY
    assert time.monotonic() - began < 10


def test_an_answer_that_comes_by_drops_is_over_in_time(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EppRegistrar, "call_seconds", 1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates().server, certificates().server_key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            caller, _ = listening.accept()
            with suppress(OSError), context.wrap_socket(caller, server_side=True) as line:
                line.sendall(b"\0\0\x10\0")
                for _byte in range(100):
                    line.sendall(b" ")
                    time.sleep(0.2)

        threading.Thread(target=drip, daemon=True).start()
        port = str(listening.getsockname()[1])
        began = time.monotonic()
        result = EppRegistrar(settings | {"port": port}).test()
        assert result.problem == RegistrarProblem.RETRY
        assert time.monotonic() - began < 10


def test_a_name_server_without_an_answer_is_waited_for_in_time(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EppRegistrar, "call_seconds", 1)
    over = threading.Event()

    def look_up(*_asked: object, **_more: object) -> None:
        over.wait(20)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    began = time.monotonic()
    assert EppRegistrar(settings).test().problem == RegistrarProblem.RETRY
    assert time.monotonic() - began < 10
    over.set()


def test_another_address_is_tried_where_one_refuses(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    addresses = [(*kind, (address, 0)) for address in ("::1", "127.0.0.1")]
    real = socket.getaddrinfo

    def look_up(host: str, *asked: object, **more: object) -> list[tuple[object, ...]]:
        return addresses if host == "localhost" else list(real(host, *asked, **more))  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert EppRegistrar(settings).test().ok


def test_a_key_with_a_passphrase_is_refused(settings: dict[str, str]) -> None:
    key = serialization.load_pem_private_key(settings["key"].encode(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    ).decode()
    result = EppRegistrar(settings | {"key": locked}).test()
    assert result.problem == RegistrarProblem.AUTH


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_missing_certificate_is_told_by_each_tls(
    server: EppServer, settings: dict[str, str], version: ssl.TLSVersion
) -> None:
    server.tls.maximum_version = version
    assert EppRegistrar(settings).test().ok
    result = EppRegistrar(settings | {"certificate": "", "key": ""}).test()
    assert result.problem == RegistrarProblem.AUTH


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"password": "an0ther-Word"}, RegistrarProblem.AUTH),
        ({"password": "short"}, RegistrarProblem.AUTH),
        ({"certificate": "", "key": ""}, RegistrarProblem.AUTH),
        (
            {"key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"},
            RegistrarProblem.AUTH,
        ),
        ({"port": "none"}, RegistrarProblem.AUTH),
        ({"port": "9"}, RegistrarProblem.RETRY),
        ({"authority": ""}, RegistrarProblem.RETRY),
    ],
)
def test_what_is_wrong_with_the_settings_is_told(
    settings: dict[str, str], change: dict[str, str], problem: RegistrarProblem
) -> None:
    assert EppRegistrar(settings).test().ok
    result = EppRegistrar(settings | change).test()
    assert result.problem == problem
    assert result.message
    assert settings["key"] not in result.message


def test_a_long_password_travels_by_login_security(
    registry: EppRegistry, settings: dict[str, str]
) -> None:
    registry.passwords[OURS] = "A-much-l0nger-passw0rd-than-sixteen"
    assert EppRegistrar(settings | {"password": registry.passwords[OURS]}).test().ok
    registry.extensions = ("secDNS", "rgp")
    refused = EppRegistrar(settings | {"password": registry.passwords[OURS]}).test()
    assert refused.problem == RegistrarProblem.AUTH
    assert registry.passwords[OURS] not in refused.message


def test_a_server_with_old_tls_is_not_spoken_to(settings: dict[str, str]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates().server, certificates().server_key)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            caller, _ = listening.accept()
            with suppress(OSError), context.wrap_socket(caller, server_side=True):
                pass
            caller.close()

        threading.Thread(target=serve, daemon=True).start()
        port = str(listening.getsockname()[1])
        assert not EppRegistrar(settings | {"port": port}).test().ok


def test_no_frame_stands_in_a_log(
    server: EppServer, registrar: EppRegistrar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert registrar.get_code(OURS_TEST).ok
    assert "<" not in "".join(record.getMessage() for record in caplog.records)
    server.faults.append(EppFault("", "echo", times=-1))
    refused = registrar.get_code(OURS_TEST)
    assert not refused.ok
    said = refused.message + "".join(record.getMessage() for record in caplog.records)
    assert server.registry.passwords[OURS] not in said


@pytest.mark.usefixtures("schemas")
def test_the_schemas_tell_a_frame_that_is_wrong() -> None:
    inner = '<domain:info xmlns:domain="{domain}">{name}</domain:info>'
    frame = f'<epp xmlns="{{epp}}"><command><info>{inner}</info></command></epp>'
    right = frame.format(name="<domain:name>ours.test</domain:name>", **NAMESPACES)
    assert mistakes_in(read_frame(right.encode())) == ""
    for name in ("", "<domain:name/>", "<domain:roid>ours.test</domain:roid>"):
        assert mistakes_in(read_frame(frame.format(name=name, **NAMESPACES).encode()))


def wait_until(condition: Callable[[], bool]) -> None:
    """Raises if it does not come about within a minute."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
