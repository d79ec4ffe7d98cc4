"""How a document says to pay by bank transfer: the account as the settings say it when the document is made."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from commerce.billing.documents.content import DocumentContent, plain_amount

_LARGEST = 99_999_999_999
"""999,999,999.99 EUR is the most that an EPC code can ask for."""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A bank account; ``''`` for what it does not have."""

    account_name: str = ""
    iban: str = ""
    bic: str = ""
    bank_name: str = ""
    account_number: str = ""
    routing_number: str = ""
    instructions: str = ""

    @property
    def id(self) -> str:
        """What a transfer is sent to: the IBAN without blanks, or the plain account number."""
        return "".join(self.iban.split()) or self.account_number


_sources: list[Callable[[], BankAccount | None]] = []


def set_bank_account_source(function: Callable[[], BankAccount | None]) -> None:
    """``function()`` gives the account that payers shall transfer to, if there is one."""
    _sources[:] = [function]


def our_bank_account() -> BankAccount | None:
    """The account that payers shall transfer to, if there is one: the way to pay that has it says so."""
    return next((source() for source in _sources), None)


def epc_payload(*, account: BankAccount, currency: str, amount: int, reference: str) -> str:
    """What an EPC QR code holds (version 002, SCT, UTF-8, structured reference); empty where there is none.

    Only for euros and an IBAN, from 0.01 on (payments.md 6).
    """
    if currency != "EUR" or not account.iban or not 0 < amount <= _LARGEST:
        return ""
    name = " ".join((account.account_name or account.bank_name).split())[:70]
    bic = "".join(account.bic.split())
    if not name:
        return ""
    return "\n".join(
        [
            "BCD",
            "002",
            "1",
            "SCT",
            bic,
            name,
            account.id,
            f"EUR{plain_amount(amount, 2)}",
            "",
            reference,
        ]
    )


def qr_code_runs(text: str) -> tuple[int, list[tuple[int, int, int]]]:
    """A QR code as its width and its runs of dark squares (x, y, length); 0 and none for no text.

    Error correction is M, as EPC asks for.
    """
    if not text:
        return 0, []
    import segno

    code = segno.make(text, encoding="utf-8", error="m", boost_error=False, micro=False)
    runs = []
    for y, row in enumerate(code.matrix):
        x = 0
        for dark, squares in groupby(row):
            length = len(list(squares))
            if dark:
                runs.append((x, y, length))
            x += length
    return len(code.matrix), runs


def asks_for_payment(facts: DocumentContent) -> bool:
    """Whether the document asks for money at all."""
    return facts.is_invoice and facts.due > 0
