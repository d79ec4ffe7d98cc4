"""`/admin/consumer-statements`: what consumers stated, what it would do, and staff's part of it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import MenuGroup, page_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import (
    Column,
    LinkColumn,
    columns_of,
)
from commerce.backoffice.lists.filters import choice_filter
from commerce.backoffice.sales.pending import pending_filter
from commerce.billing.models import CreditNote, PlanChange
from commerce.billing.records import CREDIT_NOTE_FIELDS
from commerce.consumers.actions.carrying_out import (
    carry_out_statement,
    carry_out_statement_blocked_reason,
)
from commerce.consumers.actions.for_staff import (
    add_contract_to_statement,
    tie_statement_to_contract,
)
from commerce.consumers.actions.statements import (
    LONGEST,
    answer_statement,
    make_statement,
)
from commerce.consumers.finding import find_contract
from commerce.consumers.labels import (
    ENDING_LABELS,
    KIND_LABELS,
    label_of,
    outcome_text,
)
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.records import STATEMENT_FIELDS
from commerce.consumers.rules import StatementChannel, StatementKind, StatementStatus
from commerce.consumers.working_out import StatementEffect, change_in_time, work_out
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.portal.base.form_fields import LineField, MultilineField, PlainEmailField
from commerce.presentation.formats import format_day
from commerce.presentation.labels import Text, status_labels
from commerce.site_settings.current import business_date
from commerce.support.consumers.queries import is_consumer

type Data = Mapping[str, Any]

_MANAGE = StaffPermission.ORDERS_MANAGE
_CONTRACT_HELP = _lazy("The ID of a service, or the name of a domain.")


class RecordForm(StaffForm):
    """A statement that came by mail, by phone or as a letter."""

    kind = forms.ChoiceField(label=_lazy("Type"), choices=KIND_LABELS)
    name = LineField(label=_lazy("Name"), max_length=LONGEST["name"])
    words = MultilineField(label=_lazy("Contract, as it was named"), max_length=LONGEST["contract"])
    contract = LineField(
        label=_lazy("Contract"), max_length=253, required=False, help_text=_CONTRACT_HELP
    )
    email = PlainEmailField(
        label=_lazy("Email address for the receipt"), max_length=LONGEST["email"], required=False
    )
    sent_on = forms.DateField(
        label=_lazy("Sent on"),
        help_text=_lazy("What counts is the day it was sent."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ending_kind = forms.ChoiceField(label=_lazy("Type of cancellation"), choices=ENDING_LABELS)
    cause = MultilineField(label=_lazy("Reason"), max_length=LONGEST["cause"], required=False)
    wished_on = forms.DateField(
        label=_lazy("End date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class CarryOutForm(StaffForm):
    """What it does, as it was seen."""

    expected = forms.TypedChoiceField(
        label=_lazy("Effect"),
        widget=forms.RadioSelect,
        coerce=StatementEffect.of_key,
        error_messages={
            "invalid_choice": _lazy("What this does has changed. Check it and continue.")
        },
    )

    def prepare(self) -> None:
        statement: ConsumerStatement = self.record
        at = clock.now()
        try:
            key = work_out(statement, at).effect.key
        except BusinessError:
            return  # it has no contract, so the button is blocked
        self.set_choices("expected", [(key, outcome_text(statement, at))])
        self.initial["expected"] = key


def _record(_none: None, data: Data, ctx: Context) -> Done:
    ends = data["kind"] == StatementKind.ENDING
    made = make_statement(
        kind=StatementKind(data["kind"]),
        channel=StatementChannel.STAFF,
        name=data["name"],
        contract=data["words"],
        email=data["email"],
        idempotency_key=get_random_string(40),
        ending_kind=data["ending_kind"] if ends else "",
        cause=data["cause"] if ends else "",
        wished_on=data["wished_on"] if ends else None,
        sent_on=data["sent_on"],
        chosen=find_contract(data["contract"]) if data["contract"] else None,
        ctx=ctx,
    )
    return Done(_("Statement recorded."), page_of(made))


def _carry_out(statement: ConsumerStatement, data: Data, ctx: Context) -> str:
    carry_out_statement(statement=statement, expected=data["expected"], ctx=ctx)
    return _("Statement carried out. The client is notified.")


def _outcome(statement: ConsumerStatement) -> str:
    if statement.status != StatementStatus.RECEIVED:
        return ""
    return outcome_text(statement, clock.now())


COLUMNS = columns_of(STATEMENT_FIELDS, "kind name client contract status due_on made_at")
STATED = columns_of(
    STATEMENT_FIELDS, "kind made_at channel name words email ending_kind cause wished_on"
)
FOLLOWED = (
    Column(_lazy("Effect"), _outcome),
    *columns_of(STATEMENT_FIELDS, "client"),
    LinkColumn(_lazy("Contract"), lambda row: row.service or row.domain, label_of),
    *columns_of(STATEMENT_FIELDS, "confirmed_at due_on ends_on given_back answer ended_at"),
)


class ConsumerStatementAdmin(RecordAdmin):
    """Statements of consumers; those that wait for staff, unless the filter says otherwise."""

    model = ConsumerStatement
    slug = "consumer-statements"
    label = _lazy("Consumer statements")
    view_permission = _MANAGE
    menu = MenuGroup.ORDERS
    ordering = ("-pk",)
    search_fields = ("name", "email", "contract")
    list_filter = (
        pending_filter(lambda: status_labels("statement"), StatementStatus.RECEIVED),
        choice_filter("kind", _lazy("Type"), lambda: KIND_LABELS),
    )
    list_display = COLUMNS
    record_fieldsets = ((_lazy("Statement"), STATED), (_lazy("Details"), FOLLOWED))
    list_actions = (
        RecordAction(
            name="record",
            label=_lazy("Record statement"),
            permission=_MANAGE,
            form=RecordForm,
            run=_record,
        ),
    )
    record_actions = (
        act_button(tie_statement_to_contract),
        RecordAction(
            name="carry-out",
            label=_lazy("Carry out"),
            permission=_MANAGE,
            form=CarryOutForm,
            run=_carry_out,
            is_danger=True,
            asks_password=True,
            blocked=carry_out_statement_blocked_reason,
        ),
        act_button(add_contract_to_statement, to=page_of),
        act_button(answer_statement),
    )
    panels = (
        Panel(
            title=_lazy("Other contracts in this statement"),
            permission=_MANAGE,
            columns=columns_of(STATEMENT_FIELDS, "contract status given_back"),
            rows=lambda statement: (
                ConsumerStatement.objects.select_related("service", "domain")
                .stated_with(statement)
                .order_by("-pk")
            ),
        ),
        Panel(
            title=_lazy("Credit notes"),
            permission=StaffPermission.INVOICES_VIEW,
            columns=columns_of(CREDIT_NOTE_FIELDS, "number issue_date total"),
            rows=lambda statement: CreditNote.objects.filter(
                consumer_statement__statement=statement
            ).order_by("-pk"),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ConsumerStatement]":
        return ConsumerStatement.objects.select_related(
            "client", "service__client", "service__product", "domain__client"
        )

    def record_title(self, record: ConsumerStatement) -> str:
        return f"{KIND_LABELS[record.kind]}: {record.name}"

    def record_notices(self, request: HttpRequest, record: ConsumerStatement) -> Iterable[Text]:
        waits = record.status == StatementStatus.RECEIVED
        if waits and record.client is not None and not is_consumer(record.client):
            yield _(
                "This client has a company name or a tax ID, or lives outside of the countries of consumers. Anyone who"
                " says they're a consumer is treated as one."
            )
        if waits and record.channel == StatementChannel.PAGE and record.confirmed_at is None:
            yield _(
                "It was made without signing in, and the owner hasn't confirmed it. Make sure that it's from them."
            )
        if waits and (found := change_in_time(record)):
            yield _of_change(*found)


def _of_change(change: PlanChange, last_day: date) -> str:
    """What staff do by hand where only a plan change is meant."""
    return _(
        "The plan changed to %(plan)s on %(day)s. Until %(last_day)s, the client can withdraw from that change alone."
        " If they mean only the change, don't carry this out: change the plan back, credit what is left of invoice"
        " %(number)s, refund the credit to its payment, and answer the statement."
    ) % {
        "plan": change.new_plan,
        "day": format_day(business_date(change.ended_at or change.created_at)),
        "last_day": format_day(last_day),
        "number": change.invoice,
    }
