"""`/client/statements/{id}`: an owner reads what was stated about their contract, and stands behind it."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from commerce.consumers.actions.carrying_out import carry_out_at_once
from commerce.consumers.actions.statements import (
    add_contract,
    confirm_statement,
    tie_statement,
)
from commerce.consumers.labels import contract_label, given_back, outcome_text
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.rules import StatementKind, StatementStatus
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import see_other
from commerce.portal.consumers.forms import ContractForm

RIGHT = "services.manage"


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(RIGHT, while_suspended=True, spends=True)
def statement(request: ClientRequest, pk: int) -> HttpResponse:
    """What was stated, what it would do, and one button; afterwards what it did."""
    rows = ConsumerStatement.objects.for_client(request.acting.client).select_related(
        "client", "service__client", "domain__client"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        return other_client_404(request, ConsumerStatement.objects.for_client, pk, RIGHT)
    waits = found.status == StatementStatus.RECEIVED
    lacks_contract = found.service is None and found.domain is None
    form = None
    if waits and lacks_contract:
        posted = request.POST if request.method == "POST" else None
        form = ContractForm(request.acting.client, posted)
    if request.method == "POST" and waits and (form is None or form.is_valid()):
        return _stand_behind(request, found, form)
    context = {
        "statement": found,
        "form": form,
        "waits": waits and found.confirmed_at is None,
        "contract": contract_label(found),
        "outcome": outcome_text(found, clock.now()) if waits and not lacks_contract else "",
        "given_back": given_back(found),
        "others": [(one, contract_label(one)) for one in rows.stated_with(found).order_by("pk")],
        "is_withdrawal": found.kind == StatementKind.WITHDRAWAL,
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "portal/consumers/own_statement.html", context, status=status)


def _stand_behind(
    request: ClientRequest, found: ConsumerStatement, form: ContractForm | None
) -> HttpResponse:
    """What a member may end at once is ended; withdrawals and endings for cause wait for staff, as at `/cancel`."""
    ctx = member_context(request)
    try:
        statements = [found] if form is None else _tied(found, form, ctx)
        if any(one.domain for one in statements) and not request.acting.may("domains.manage"):
            messages.error(request, _("You need the permission to manage domains."))
        else:
            for one in statements:
                confirm_statement(statement=one, ctx=ctx)
                carry_out_at_once(statement=one, ctx=ctx)
            messages.success(request, _done(statements))
    except BusinessError as error:
        messages.error(request, str(error))
    return see_other("portal:statement", found.pk)


def _tied(found: ConsumerStatement, form: ContractForm, ctx: Context) -> list[ConsumerStatement]:
    """The statement about the first contract that was chosen, and one about each other."""
    first, *others = form.chosen_contracts
    with transaction.atomic():
        tie_statement(statement=found, chosen=first, ctx=ctx)
        return [found, *(add_contract(statement=found, chosen=one, ctx=ctx) for one in others)]


def _done(statements: list[ConsumerStatement]) -> str:
    if any(one.status == StatementStatus.RECEIVED for one in statements):
        return _("Confirmed. We'll carry it out by the end of the next working day and email you.")
    return ngettext("Your contract is canceled.", "Your contracts are canceled.", len(statements))
