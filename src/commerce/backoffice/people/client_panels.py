"""What belongs to a client, as panels of their record: each is shown to whoever may open its records."""

from collections.abc import Callable

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from commerce.accounts.models import (
    ApiToken,
    Client,
    ClientNote,
    CustomValue,
    Invitation,
    Membership,
)
from commerce.accounts.records.clients import (
    CUSTOM_VALUE_FIELDS,
    INVITATION_FIELDS,
    MEMBER_FIELDS,
    TOKEN_FIELDS,
)
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.columns import (
    Column,
    columns_of,
    instant_column,
)
from commerce.backoffice.lists.entry_columns import PERSON, entry_action
from commerce.billing.models import CreditAccount, CreditEntry, Invoice, VatCheck
from commerce.billing.records import (
    CREDIT_ACCOUNT_FIELDS,
    CREDIT_ENTRY_FIELDS,
    INVOICE_FIELDS,
    VAT_CHECK_FIELDS,
)
from commerce.domains.models import Domain
from commerce.domains.records.domains import DOMAIN_FIELDS
from commerce.hosting.models import Service
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.mail.models import OutgoingMail
from commerce.mail.records import MAIL_FIELDS
from commerce.orders.models import Order
from commerce.orders.records import ORDER_FIELDS
from commerce.payments.gateways.method_names import payment_method_name
from commerce.payments.models import Payment, SavedCard
from commerce.payments.records.payments import PAYMENT_FIELDS, SAVED_CARD_FIELDS
from commerce.presentation.labels import Text
from commerce.presentation.markdown import markdown


def filtered_list(url_name: str, parameter: str = "client__id__exact") -> Callable[[Client], str]:
    """The address of a list with the rows of a client only; empty where there is no such list."""

    def url(client: Client) -> str:
        try:
            return f"{reverse(f'admin:{url_name}')}?{parameter}={client.pk}"
        except NoReverseMatch:
            return ""

    return url


def _note_text(note: ClientNote) -> SafeString:
    text = markdown(note.body)
    if not note.is_sticky:
        return text
    return format_html('<span class="badge-warning">{}</span> {}', _("Pinned"), text)


NOTES = Panel(
    title=_lazy("Notes"),
    permission=StaffPermission.CLIENTS_NOTES,
    columns=(
        Column(_lazy("Note"), _note_text),
        Column(_lazy("Author"), "author_name"),
        instant_column(_lazy("Date"), "created_at"),
    ),
    rows=ClientNote.objects.for_client,
    all_url=filtered_list("accounts_clientnote_changelist"),
)
MEMBERS = Panel(
    title=_lazy("Members"),
    permission=StaffPermission.CLIENTS_VIEW,
    columns=columns_of(MEMBER_FIELDS, "name email role last_sign_in"),
    rows=lambda client: (
        Membership.objects.for_client(client).select_related("user").order_by("created_at", "pk")
    ),
)
INVITATIONS = Panel(
    title=_lazy("Pending invitations"),
    permission=StaffPermission.CLIENTS_VIEW,
    columns=columns_of(INVITATION_FIELDS, "email role expires_at"),
    rows=lambda client: Invitation.objects.for_client(client).open().order_by("-pk"),
)
CUSTOM_VALUES = Panel(
    title=_lazy("Custom fields"),
    permission=StaffPermission.CLIENTS_VIEW,
    columns=columns_of(CUSTOM_VALUE_FIELDS, "field value_text"),
    rows=lambda client: (
        CustomValue.objects.for_client(client)
        .select_related("field")
        .order_by("field__position", "field_id")
    ),
    limit=100,
)
SERVICES = Panel(
    title=_lazy("Services"),
    permission=StaffPermission.SERVICES_VIEW,
    columns=columns_of(SERVICE_FIELDS, "label domain status amount billing_cycle next_due_date"),
    rows=lambda client: Service.objects.for_client(client).newest_first(),
    all_url=filtered_list("hosting_service_changelist"),
)
DOMAINS = Panel(
    title=_lazy("Domains"),
    permission=StaffPermission.DOMAINS_VIEW,
    columns=columns_of(DOMAIN_FIELDS, "display_name status expiry_date"),
    rows=lambda client: Domain.objects.for_client(client).order_by("-created_at", "-pk"),
    all_url=filtered_list("domains_domain_changelist"),
)
ORDERS = Panel(
    title=_lazy("Orders"),
    permission=StaffPermission.ORDERS_VIEW,
    columns=columns_of(ORDER_FIELDS, "number created_at status total"),
    rows=lambda client: Order.objects.for_client(client).newest_first(),
    all_url=filtered_list("orders_order_changelist"),
)
INVOICES = Panel(
    title=_lazy("Invoices"),
    permission=StaffPermission.INVOICES_VIEW,
    columns=(
        Column(_lazy("Invoice"), lambda invoice: invoice.number or _("Draft")),
        *columns_of(INVOICE_FIELDS, "status due_date total amount_due"),
    ),
    rows=lambda client: Invoice.objects.for_client(client).order_by("-pk"),
    all_url=filtered_list("billing_invoice_changelist"),
)
CREDIT = Panel(
    title=_lazy("Credit balance"),
    permission=StaffPermission.INVOICES_VIEW,
    columns=columns_of(CREDIT_ACCOUNT_FIELDS, "currency balance"),
    rows=lambda client: CreditAccount.objects.for_client(client).order_by("currency_id"),
)
CREDIT_ENTRIES = Panel(
    title=_lazy("Credit history"),
    permission=StaffPermission.INVOICES_VIEW,
    columns=columns_of(CREDIT_ENTRY_FIELDS, "at note amount balance"),
    rows=lambda client: (
        CreditEntry.objects.filter(account__client=client).select_related("account").order_by("-pk")
    ),
)
PAYMENTS = Panel(
    title=_lazy("Payments"),
    permission=StaffPermission.PAYMENTS_VIEW,
    columns=(
        *columns_of(PAYMENT_FIELDS, "received_on"),
        Column(_lazy("Payment method"), payment_method_name),
        *columns_of(PAYMENT_FIELDS, "amount status"),
    ),
    rows=lambda client: Payment.objects.for_client(client).order_by("-pk"),
)


def _card_state(card: SavedCard) -> Text:
    if card.stopped_at:
        return card.failure or pgettext("payment", "Declined")
    return _("Default") if card.is_default else ""


SAVED_CARDS = Panel(
    title=_lazy("Saved payment methods"),
    permission=StaffPermission.PAYMENTS_VIEW,
    columns=(
        *columns_of(SAVED_CARD_FIELDS, "name gateway expires_on"),
        Column(_lazy("Status"), _card_state),
    ),
    rows=lambda client: SavedCard.objects.for_client(client).kept().order_by("-is_default", "-pk"),
)
TOKENS = Panel(
    title=_lazy("API tokens"),
    permission=StaffPermission.CLIENTS_TOKENS,
    columns=columns_of(TOKEN_FIELDS, "name status made_by expires_on last_used_at"),
    rows=lambda client: (
        ApiToken.objects.for_client(client).select_related("maker").order_by("-created_at", "-pk")
    ),
    all_url=filtered_list("accounts_apitoken_changelist"),
)
MAILS = Panel(
    title=_lazy("Emails"),
    permission=StaffPermission.CLIENTS_VIEW,
    columns=(
        *columns_of(MAIL_FIELDS, "created_at recipient"),
        Column(_lazy("Subject"), lambda mail: mail.subject or mail.event),
        *columns_of(MAIL_FIELDS, "status"),
    ),
    rows=lambda client: OutgoingMail.objects.for_client(client).newest_first(),
    all_url=filtered_list("mail_outgoingmail_changelist", "client"),
)


VAT_CHECKS = Panel(
    title=_lazy("VAT checks"),
    permission=StaffPermission.CLIENTS_VIEW,
    columns=columns_of(VAT_CHECK_FIELDS, "number checked_at answer name"),
    rows=lambda client: VatCheck.objects.for_client(client).order_by("-checked_at", "-pk"),
)
AUDIT = Panel(
    title=_lazy("Activity"),
    permission=StaffPermission.CLIENTS_VIEW,
    columns=(
        instant_column(_lazy("Date"), "at"),
        PERSON,
        entry_action(),
        Column(_lazy("Record"), "record_name"),
        Column(_lazy("Reason"), "reason"),
    ),
    rows=lambda client: AuditEntry.objects.filter(client_id=client.pk).newest_first(),
    limit=20,
)
