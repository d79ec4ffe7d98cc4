"""Authorisation codes of transfers: sealed at rest, shown to staff one by one, gone once used (domains.md 3 and 4)."""

from datetime import datetime

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.actions import record
from commerce.domains.models import Domain
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.orders.models import CartItem, OrderItem
from commerce.orders.quoting import unseal
from commerce.preferences.secrets import ring


@transaction.atomic
def forget_code(domain_id: int) -> None:
    """The transfer of this domain was sent: its code is of no use any more."""
    items = OrderItem.objects.filter(units__domain_id=domain_id).exclude(auth_code="")
    for item in items.select_related("order"):
        touch(item.order.client_id)
        OrderItem.objects.filter(pk=item.pk).update(auth_code="")


@transaction.atomic
def reveal_code(*, domain: Domain, at: datetime, actor: Actor) -> str:
    """The code of a transfer that staff carry out by hand; each look is in the audit log. Raises ``Refused``."""
    items = OrderItem.objects.filter(units__domain=domain).exclude(auth_code="")
    sealed = items.values_list("auth_code", flat=True).first()
    if not sealed:
        raise Refused(f"No authorisation code of {domain} is kept.")
    record(
        at=at,
        actor=actor,
        action="domain.code_revealed",
        record=("domain", domain.pk),
        name=str(domain),
        client_id=domain.client_id,
        staff_only=True,
    )
    return unseal(sealed)


def renew_codes() -> int:
    """Seal all codes with the first key of the ring, so that older keys can go; returns how many."""
    done = 0
    for pk in OrderItem.objects.exclude(auth_code="").order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            client_id = OrderItem.objects.values_list("order__client_id", flat=True).get(pk=pk)
            touch(client_id)
            item = OrderItem.objects.select_for_update().get(pk=pk)
            if item.auth_code:
                renewed = ring().renew(item.auth_code)
                done += OrderItem.objects.filter(pk=pk).update(auth_code=renewed)
    for pk in CartItem.objects.exclude(auth_code="").order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            wish = CartItem.objects.select_for_update().filter(pk=pk).first()
            if wish is not None and wish.auth_code:
                renewed = ring().renew(wish.auth_code)
                done += CartItem.objects.filter(pk=pk).update(auth_code=renewed)
    return done
