"""Opterius Panel: its signature by vectors, its keys against doing things twice, and clocks that differ."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from commerce.hosting.account_creation import create_once
from commerce.hosting.modules.contract import AccountState, ModuleOutcome, ask
from commerce.hosting.modules.opterius.client import sign
from commerce.kit import clock
from tests.doubles.panels import opterius
from tests.hosting.modules.all_sides import OpteriusSide
from tests.hosting.modules.sides import PASSWORD

# Each by hand: printf '%s' "$TIMESTAMP$BODY" | openssl dgst -sha256 -hmac "$TOKEN"
VECTORS = [
    (
        "op_secret_1",
        "1764288000",
        "",
        "d8d6762a10dfc7843955149f50226589e905a4e583eb8a5f5f1f7fcbca902ee7",
    ),
    (
        "op_secret_1",
        "1764288000",
        "{}",
        "d8d6762a10dfc7843955149f50226589e905a4e583eb8a5f5f1f7fcbca902ee7",
    ),
    (
        "op_secret_1",
        "1764288001",
        "",
        "cc395a96f9bd0abdeefa79a9f2df2a7567950e348bacaadd44a6017c23424b9c",
    ),
    (
        "7f3a+T0ken/==",
        "1764288000",
        '{"domain": "alice.example", "username": "alicehost"}',
        "a2ebf3a9ef01a877dee300f960a78e7d813e22dc6887e8ddbef7a16655d02b43",
    ),
    (
        "ключ",
        "1",
        '{"name": "Zoë"}',
        "169f73b369dacb84501841829d96601252cf4c8644b25bfe9d0e5544c30c8609",
    ),
]


@pytest.fixture
def side() -> Iterator[OpteriusSide]:
    double = opterius.OpteriusDouble()
    yield OpteriusSide(double)
    double.server.end()


@pytest.mark.parametrize(("token", "timestamp", "body", "signature"), VECTORS)
def test_the_signature_is_that_of_the_vectors(
    token: str, timestamp: str, body: str, signature: str
) -> None:
    assert sign(token, timestamp, body.encode()) == signature


def test_what_is_signed_is_what_is_sent(side: OpteriusSide) -> None:
    """Umlauts, slashes and quotes in the body too; and each call anew."""
    wanted = replace(side.asked_for(), client_name='Zoë "Z" Müller', email="zoë/1@example.com")
    assert create_once(side.module(), wanted, 'P"ass/wörd\\1').ok
    sent = side.server.requests[-1]
    headers = sent.headers
    assert headers["X-Signature"] == sign(opterius.API_TOKEN, headers["X-Timestamp"], sent.body)
    assert headers["Idempotency-Key"] == f"{wanted.key}-create"
    assert abs(int(headers["X-Timestamp"]) - clock.now().timestamp()) < 60


def test_an_account_is_created_with_the_limits_that_were_ordered(side: OpteriusSide) -> None:
    options = {"disk_limit_mb": "10240", "bandwidth_limit_mb": "102400", "color": "blue"}
    wanted = replace(side.asked_for(), options=options)
    assert create_once(side.module(), wanted, PASSWORD).ok
    body = side.server.requests[-1].body
    assert b'"disk_limit_mb": 10240' in body
    assert b'"bandwidth_limit_mb": 102400' in body
    assert b"color" not in body
    bad = replace(wanted, options={"disk_limit_mb": "10 GB"})
    assert ask(side.module().create, bad, PASSWORD).outcome is ModuleOutcome.REFUSED


@pytest.mark.parametrize(("offset", "said"), [(900, "ahead"), (-1800, "behind")])
def test_a_clock_that_is_off_is_named_with_its_offset(
    side: OpteriusSide, offset: int, said: str
) -> None:
    side.server.clock_offset = offset
    result = create_once(side.module(), side.asked_for(), PASSWORD)
    assert result.outcome is ModuleOutcome.REFUSED
    assert "Check the clock" in result.message
    digits = [int(word) for word in result.message.split() if word.isdigit()]
    assert any(abs(each - abs(offset)) <= 30 for each in digits), result.message
    assert said in result.message
    assert side.number() == 0


def test_a_wrong_signature_is_not_called_a_wrong_clock(side: OpteriusSide) -> None:
    result = ask(side.module(wrong_key=True).test)
    assert result.outcome is ModuleOutcome.UNAUTHORIZED
    assert "clock" not in result.message


def test_a_second_suspension_is_not_answered_with_the_first(side: OpteriusSide) -> None:
    """The panel remembers its answers by key, and the action has the same one each time."""
    module = side.module()
    made = create_once(module, side.asked_for(), PASSWORD).account
    assert made is not None
    there = replace(side.asked_for(), remote_id=made.remote_id)
    for _month in range(3):
        assert module.suspend(there).ok
        assert side.state_of(there) is AccountState.OFF
        assert module.resume(there).ok
        assert side.state_of(there) is AccountState.ON


def test_an_account_with_its_name_that_is_not_ours_stops_the_job(side: OpteriusSide) -> None:
    wanted = side.asked_for()
    side.hold_strangers(wanted)
    result = create_once(side.module(), wanted, PASSWORD)
    assert result.outcome is ModuleOutcome.TAKEN
    assert "already exists" in result.message
