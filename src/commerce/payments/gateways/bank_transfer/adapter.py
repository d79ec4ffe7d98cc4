"""Bank transfer: we say where to, the client's bank does the rest, staff confirm what arrived (payments.md 6)."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from commerce.billing.documents.bank_account import BankAccount, epc_payload
from commerce.kit.errors import BusinessError
from commerce.payments.gateways.contract import GatewayCapabilities, TransferInstructions
from commerce.payments.gateways.offline import OfflineGateway
from commerce.payments.rules import PaymentMethod
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField


class BankTransferGateway(OfflineGateway):
    """An IBAN, or the numbers of a bank account where there is none."""

    slug: ClassVar[str] = "bank_transfer"
    name: ClassVar[Text] = _("Bank transfer")
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "account_name", _("Account holder"), help=_("Name on the account"), required=True
        ),
        AdapterField("iban", _("IBAN"), "iban", _("IBAN")),
        AdapterField("bic", _("BIC"), help=_("BIC")),
        AdapterField("bank_name", _("Bank"), help=_("Name of the bank")),
        AdapterField(
            "account_number",
            _("Account number"),
            help=_("If the account has no IBAN"),
        ),
        AdapterField(
            "routing_number",
            _("Routing number"),
            help=_("If the account has no IBAN"),
        ),
        AdapterField(
            "instructions", _("Instructions"), "text", _("Anything else that payers should know")
        ),
    )
    capabilities: ClassVar[GatewayCapabilities] = GatewayCapabilities(
        "instructions",
        expires=False,
        methods=frozenset({PaymentMethod.BANK_TRANSFER}),
        unique_references=True,
    )

    def test(self) -> None:
        """An account must be told, and an IBAN must be one."""
        if not (self.settings["iban"] or self.settings["account_number"]):
            raise BusinessError("gateway.no_bank_account")
        from stdnum import iban

        if self.settings["iban"] and not iban.is_valid(self.settings["iban"]):
            raise BusinessError("gateway.iban_not_valid")

    def bank_account(self) -> BankAccount | None:
        account = BankAccount(**{field.name: self.settings[field.name] for field in self.fields})
        return account if account.id else None

    def transfer_instructions(
        self, *, currency_code: str, amount: int, reference: str
    ) -> TransferInstructions:
        """The EPC code is there for euros that go to an IBAN."""
        from stdnum import iban

        account = self.bank_account() or BankAccount()
        labels = {field.name: field.label for field in self.fields}
        values = {
            "account_name": account.account_name,
            "iban": iban.format(account.iban) if account.iban else "",
            "bic": account.bic,
            "bank_name": account.bank_name,
            "account_number": "" if account.iban else account.account_number,
            "routing_number": "" if account.iban else account.routing_number,
        }
        payload = epc_payload(
            account=account, currency=currency_code, amount=amount, reference=reference
        )
        return TransferInstructions(
            [(labels[name], value) for name, value in values.items() if value],
            group_digits(reference),
            account.instructions,
            qr_code_svg(payload) if payload else "",
        )


def qr_code_svg(payload: str) -> str:
    """A QR code as inline SVG, error correction M as EPC asks for; its colors are its own, it needs no style."""
    import segno

    code = segno.make(payload, encoding="utf-8", error="m", boost_error=False, micro=False)
    return code.svg_inline(
        border=4, light="#fff", dark="#000", omitsize=True, svgclass="qr", lineclass=None
    )


def group_digits(reference: str) -> str:
    """``RF18 0000 0000 0001``: a creditor reference as people read it."""
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))
