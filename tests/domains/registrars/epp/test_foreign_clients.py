"""The registry that our adapter is tried against stands for real ones: clients that know nothing of us lead a name's
whole life at it, and the RFCs' schemas find each frame right.
"""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from epptools import Client, Config
from epptools.exceptions import (
    AuthorizationError,
    CommandException,
    ObjectExistsError,
    ObjectStatusError,
)
from pyepp import Contact, Domain, EppCommunicator, Host, Poll
from pyepp.contact import AddressData, ContactData, PostalInfoData
from pyepp.domain import DomainData
from pyepp.host import HostData

from tests.doubles.epp.account import OURS, THEIRS
from tests.doubles.epp.certificates import certificates
from tests.doubles.epp.registry import REDEMPTION, EppRegistry
from tests.doubles.epp.server import EppServer

pytestmark = pytest.mark.usefixtures("schemas")

LIFE = Path(__file__).with_name("life.pl")
SIGNER = {"key_tag": 60485, "alg": 13, "digest_type": 2, "digest": "2BB183AF" * 8}


@pytest.fixture
def clients(server: EppServer) -> Iterator[dict[str, Client]]:
    """epptools' own client, as each of the two registrars."""
    paths = certificates()
    made = {
        registrar: Client.connect_and_login(
            Config(
                host="localhost",
                port=server.port,
                clid=registrar,
                password=password,
                ca_file=str(paths.authority),
                client_cert=str(paths.client),
                client_key=str(paths.client_key),
            )
        )
        for registrar, password in server.registry.passwords.items()
    }
    yield made
    for client in made.values():
        assert client.logout().code() == 1500
        client.disconnect()


def test_epptools_leads_a_name_through_its_life(
    server: EppServer, registry: EppRegistry, clients: dict[str, Client]
) -> None:
    ours, theirs = clients[OURS], clients[THEIRS]
    assert (
        ours.domain.check(["tools.test"], fee={"create": 2}).fee_for("tools.test", "create", 2)
        == "16.00"
    )
    ours.contact.create(
        "TOOLS-1",
        name="Ann Doe",
        street=["Way 1"],
        city="Bonn",
        pc="53111",
        cc="DE",
        voice="+49.30123456",
        email="ann@example.com",
        auth_info="C0ntact-code",
    )
    ours.host.create("ns1.elsewhere.example")
    ours.domain.create(
        "tools.test",
        years=2,
        registrant="TOOLS-1",
        contacts={"admin": "TOOLS-1", "tech": "TOOLS-1"},
        nameservers=["ns1.elsewhere.example"],
        auth_info="D0main-code",
        sec_dns={"ds_data": [SIGNER]},
    )
    with pytest.raises(ObjectExistsError):
        theirs.domain.create("tools.test", years=1, registrant="TOOLS-1", auth_info="D0main-code")
    found = ours.domain.info("tools.test")
    assert (found.sponsor(), found.rgp_status(), found.is_signed()) == (OURS, ["addPeriod"], True)
    assert theirs.domain.info("tools.test").auth_info() is None

    expiry = found.expiry_date() or ""
    ours.domain.renew("tools.test", expiry, 1)
    with pytest.raises(CommandException):
        ours.domain.renew("tools.test", expiry, 1)
    assert registry.spent == [(OURS, "create", "tools.test", 2), (OURS, "renew", "tools.test", 1)]

    ours.domain.update(
        "tools.test", add={"statuses": ["clientTransferProhibited"]}, sec_dns={"rem_all": True}
    )
    registry.clock = lambda: datetime.now(UTC) + timedelta(days=100)
    with pytest.raises(ObjectStatusError):
        theirs.domain.transfer("request", "tools.test", "D0main-code")
    ours.domain.update("tools.test", rem={"statuses": ["clientTransferProhibited"]})
    with pytest.raises(AuthorizationError):
        theirs.domain.transfer("request", "tools.test", "wrong-code")
    assert theirs.domain.transfer("request", "tools.test", "D0main-code").is_pending()
    told = ours.poll.request()
    assert told.transfer_status() == "pending"
    ours.poll.ack(told.message_id() or "")
    assert ours.domain.transfer("approve", "tools.test").transfer_status() == "clientApproved"
    assert theirs.domain.info("tools.test").sponsor() == THEIRS

    assert theirs.domain.delete("tools.test").is_pending()
    assert theirs.domain.info("tools.test").rgp_status() == ["redemptionPeriod"]
    theirs.domain.restore("tools.test")
    assert theirs.domain.info("tools.test").rgp_status() == []
    theirs.domain.delete("tools.test")
    registry.clock = lambda: datetime.now(UTC) + timedelta(days=106) + REDEMPTION
    assert theirs.domain.check(["tools.test"]).availability() == {"tools.test": True}
    assert server.refused == []


@pytest.fixture
def pyepp_line(
    server: EppServer, registry: EppRegistry, monkeypatch: pytest.MonkeyPatch
) -> Iterator[EppCommunicator]:
    """pyepp, logged in."""
    paths = certificates()
    monkeypatch.setenv("SSL_CERT_FILE", str(paths.authority))
    line = EppCommunicator("127.0.0.1", str(server.port), str(paths.client), str(paths.client_key))
    line.connect()
    assert line.login(OURS, registry.passwords[OURS], ["rgp-1.0"]).code == 1000
    yield line
    assert line.logout().code == 1500
    line.disconnect()


@pytest.mark.filterwarnings("ignore:ssl.OP_NO_SSL")
def test_pyepp_registers_renews_and_locks_a_name(
    server: EppServer, pyepp_line: EppCommunicator
) -> None:
    domain, contact, host = Domain(pyepp_line), Contact(pyepp_line), Host(pyepp_line)
    assert domain.check(["py.test"]).result_data["py.test"]["avail"]
    address = AddressData("Way 1", "Bonn", "DE", postal_code="53111")
    person = ContactData(
        "PYEPP-1",
        "zoe@example.com",
        PostalInfoData("Zoë Müller", address=address),
        phone="+49.30123456",
        password="C0ntact-code",
    )
    assert contact.create(person).code == 1000
    assert contact.info("PYEPP-1").result_data.postal_info.name == "Zoë Müller"
    assert host.create(HostData("ns1.elsewhere.example", [])).code == 1000
    name = DomainData(
        "py.test",
        2,
        registrant="PYEPP-1",
        admin="PYEPP-1",
        tech="PYEPP-1",
        host=["ns1.elsewhere.example"],
        password="D0main-code",
    )
    assert domain.create(name).code == 1000
    found = domain.info("py.test").result_data
    assert (found.sponsoring_client_id, found.password) == (OURS, "D0main-code")
    expiry = date.fromisoformat(found.expiry_date[:10])
    assert domain.renew("py.test", expiry, 1).code == 1000
    assert domain.renew("py.test", expiry, 1).code == 2004
    locked = domain.update("py.test", add_statuses=[("clientTransferProhibited", "ours")])
    assert locked.code == 1000
    assert domain.info("py.test").result_data.status == ["clientTransferProhibited"]
    assert domain.delete("py.test").code == 1000
    assert server.refused == []


@pytest.mark.filterwarnings("ignore:ssl.OP_NO_SSL")
def test_pyepp_transfers_deletes_and_restores_a_name(
    server: EppServer, registry: EppRegistry, pyepp_line: EppCommunicator
) -> None:
    domain, poll = Domain(pyepp_line), Poll(pyepp_line)
    other = registry.add_domain("other.test", THEIRS)
    assert domain.transfer("other.test", "wrong-code", 1).code == 2202
    assert domain.transfer("other.test", other.code, 1).code == 1001
    registry.end_transfer(other, "clientApproved")
    message = poll.request().result_data
    assert message.messages[0].message == "Transfer: clientApproved"
    poll.acknowledge(message.message_id)
    assert poll.request().code == 1300

    assert domain.delete("other.test").code == 1001
    registry.wants_restore_report = True
    assert domain.restore("other.test").code == 1000
    assert list(other.rgp) == ["pendingRestore"]
    now = datetime.now(UTC)
    reported = domain.restore_report(
        "other.test", "before", "after", now, now, "a mistake", "not for us", "all true"
    )
    assert reported.code == 1000
    assert other.rgp == {}
    assert server.refused == []


def test_net_epp_leads_a_name_through_its_life(server: EppServer, registry: EppRegistry) -> None:
    if not has_net_epp():
        pytest.skip("Net::EPP is not there: apt-get install libnet-epp-perl")
    other = registry.add_domain("other.test", THEIRS)
    paths = certificates()
    arguments = [
        str(server.port),
        *map(str, (paths.authority, paths.client, paths.client_key)),
        OURS,
        registry.passwords[OURS],
        "other.test",
        other.code,
    ]
    ended = subprocess.run(
        ["perl", str(LIFE), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert server.refused == []
    steps = dict(line.partition("=")[::2] for line in ended.stdout.splitlines())
    assert steps == {
        "free": "1",
        "contact": "1",
        "host1": "1",
        "host2": "1",
        "create": "1",
        "taken": "0",
        "code": "D0main-code",
        "holder": "PERL-1",
        "renew": "1",
        "renewed": "1",
        "again": "2004 Parameter value range error",
        "update": "1",
        "hosts": "ns2.elsewhere.example",
        "statuses": "clientTransferProhibited",
        "wrong": "2202 Invalid authorization information",
        "transfer": "asked",
        "query": "pending",
        "cancel": "cancelled",
        "delete": "1",
        "gone": "1",
        "logout": "yes",
    }, ended.stderr


def has_net_epp() -> bool:
    """Whether Perl and its library are there."""
    return shutil.which("perl") is not None and (
        subprocess.run(
            ["perl", "-MNet::EPP::Simple", "-e1"], capture_output=True, check=False
        ).returncode
        == 0
    )
