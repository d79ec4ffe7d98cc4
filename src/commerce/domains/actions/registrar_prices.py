"""Keeping what registrars charge, with what they charged before."""

from collections.abc import Iterable

from django.db import transaction

from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock_name
from commerce.domains.models import RegistrarPrice, Tld
from commerce.domains.registrars.contract import TldCost
from commerce.domains.rules import PricedOperation
from commerce.kit.context import Context


@transaction.atomic
def record_price_list(*, registrar: str, costs: Iterable[TldCost], ctx: Context) -> int:
    """Keep a registrar's price list, as far as it is of our TLDs; how many prices changed since the last one.

    A price that is told for the first time is no change; one that is not told any more ends.
    """
    lock_name(f"prices of {registrar}")
    tlds = dict(Tld.objects.values_list("tld", "pk"))
    listed = {
        (tlds[cost.tld], operation): (amount, cost.currency_code)
        for cost in costs
        if cost.tld in tlds
        for operation in PricedOperation
        if (amount := getattr(cost, operation)) is not None
    }
    kept = {
        (row.tld_id, PricedOperation(row.operation)): row
        for row in RegistrarPrice.objects.current().filter(registrar=registrar)
    }
    ended = [key for key, row in kept.items() if listed.get(key) != (row.amount, row.currency_code)]
    RegistrarPrice.objects.filter(pk__in=[kept[key].pk for key in ended]).update(replaced_at=ctx.at)
    RegistrarPrice.objects.bulk_create(
        RegistrarPrice(
            registrar=registrar,
            tld_id=key[0],
            operation=key[1],
            amount=amount,
            currency_code=code,
            since=ctx.at,
        )
        for key, (amount, code) in listed.items()
        if key not in kept or key in ended
    )
    if ended:
        write_audit_entry(
            ctx=ctx,
            action="registrar.prices_changed",
            record=("registrar", 0),
            name=registrar,
            after={"changed": len(ended)},
        )
    return len(ended)
