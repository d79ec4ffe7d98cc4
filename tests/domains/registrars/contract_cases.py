"""What the contract tests do with each registrar: its operations, and what they need there."""

from collections.abc import Callable
from datetime import date, timedelta

from commerce.domains.registrars.contract import (
    DsRecord,
    Registrar,
    RegistrarResult,
    RegistrarState,
)
from commerce.domains.rules import VerificationState
from commerce.kit import clock
from tests.domains.registrars.sides import CONTACTS, HOSTS, ORDER, RegistrarSide, domain

CODE = "R1ght&C0de+/="
NAMES = ["alice.com", "bob.co.uk", "xn--mller-kva.com"]
ALICE = domain("alice.com")
OTHER_HOSTS = ("a.dns.example", "b.dns.example", "c.dns.example")
DS = DsRecord(key_tag=60485, algorithm=13, digest_type=2, digest="2BB183AF" * 8)
DONE_BUT_LOST = ["lost", "hangs", "garbage"]

type Operation = Callable[[Registrar], RegistrarResult[object]]

OPERATIONS: dict[str, Operation] = {
    "check_one": lambda registrar: registrar.check_one("alice", "com"),
    "register": lambda registrar: registrar.register(ALICE, ORDER, key="1"),
    "renew": lambda registrar: registrar.renew(ALICE, years=1, current_expiry=expiry(), key="1"),
    "transfer": lambda registrar: registrar.transfer(
        ALICE, code=CODE, contacts=CONTACTS, key="1", extra_fields={"tax_id": "DE1"}
    ),
    "info": lambda registrar: registrar.info(ALICE),
    "set_nameservers": lambda registrar: registrar.set_nameservers(ALICE, OTHER_HOSTS),
    "get_code": lambda registrar: registrar.get_code(ALICE),
    "set_lock": lambda registrar: registrar.set_lock(ALICE, locked=True),
    "set_privacy": lambda registrar: registrar.set_privacy(ALICE, enabled=True),
    "test": lambda registrar: registrar.test(),
    "set_contacts": lambda registrar: registrar.set_contacts(ALICE, CONTACTS),
    "restore": lambda registrar: registrar.restore(ALICE, current_expiry=expiry(), key="1"),
    "cancel_transfer": lambda registrar: registrar.cancel_transfer(ALICE),
    "price_list": lambda registrar: registrar.price_list(),
    "set_ds_records": lambda registrar: registrar.set_ds_records(ALICE, [DS]),
    "verification": lambda registrar: registrar.verification(ALICE),
    "resend_verification": lambda registrar: registrar.resend_verification(ALICE),
    "read_messages": lambda registrar: registrar.read_messages(print),
}
CAPABILITY_OF = {
    "get_code": "code",
    "set_privacy": "privacy",
    "set_contacts": "contacts",
    "restore": "restore",
    "cancel_transfer": "cancel_transfer",
    "price_list": "price_list",
    "set_ds_records": "ds_records",
    "verification": "verification",
    "resend_verification": "verification",
    "read_messages": "messages",
}


def today() -> date:
    return clock.now().date()


def expiry() -> date:
    return today() + timedelta(days=90)


def can(registrar: Registrar, operation: str) -> bool:
    name = CAPABILITY_OF.get(operation)
    return name is None or getattr(registrar.capabilities, name)


def prepare(side: RegistrarSide, operation: str) -> None:
    """What the operation needs there so that it can succeed."""
    if operation in ("check_one", "register", "test", "price_list", "read_messages"):
        return
    if operation in ("transfer", "cancel_transfer"):
        side.account.elsewhere["alice.com"] = CODE
        if operation == "cancel_transfer":
            side.account.transfer("alice.com", CODE)
        return
    state = RegistrarState.REDEMPTION if operation == "restore" else RegistrarState.ACTIVE
    held = side.account.hold("alice.com", expiry(), state=state, nameservers=list(HOSTS))
    held.contacts = {}
    if operation.endswith("verification"):
        held.holder, held.last_day = VerificationState.PENDING, today() + timedelta(days=9)


def each_operation(registrar: Registrar) -> list[str]:
    return [name for name in OPERATIONS if can(registrar, name)]
