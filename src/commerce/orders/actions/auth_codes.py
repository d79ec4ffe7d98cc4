"""Authorization codes of transfers: sealed at rest, shown to staff one by one, gone once used (domains.md 3 and 4)."""

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.domains.models import Domain
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.orders.models import CartItem, OrderItem, PriceQuote
from commerce.orders.quote import decrypt_auth_code, encrypt_auth_code
from commerce.site_settings.encryption import key_ring


@transaction.atomic
def store_auth_code(domain_id: int, code: str, ctx: Context) -> None:
    """Another code for the transfer of this domain; an empty one once it was sent, and is of no use any more."""
    items = OrderItem.objects.filter(units__domain_id=domain_id)
    sealed = encrypt_auth_code(code) if code else ""
    rows = list(items.select_related("order") if code else items.exclude(auth_code=""))
    if code and not rows:
        raise BusinessError("domain.not_ordered_here")
    for item in rows:
        bump_revision(item.order.client_id, ctx)
        OrderItem.objects.filter(pk=item.pk).update(auth_code=sealed)


@transaction.atomic
def reveal_auth_code(*, domain: Domain, ctx: Context) -> str:
    """The code of a transfer that staff carry out by hand; each look is in the audit log. Raises ``BusinessError``."""
    items = OrderItem.objects.filter(units__domain=domain).exclude(auth_code="")
    sealed = items.values_list("auth_code", flat=True).first()
    if not sealed:
        raise BusinessError("domain.no_auth_code", domain=domain)
    write_audit_entry(
        ctx=ctx,
        action="domain.code_revealed",
        record=("domain", domain.pk),
        name=str(domain),
        client_id=domain.client_id,
        staff_only=True,
    )
    return decrypt_auth_code(sealed)


def reencrypt_auth_codes(ctx: Context) -> int:
    """Seal all codes with the first key of the ring, so that older keys can go; returns how many.

    Price quotes end, since those of transfers have codes as well: they last for minutes, and are soon made anew.
    """
    PriceQuote.objects.all().delete()
    done = 0
    for pk in OrderItem.objects.exclude(auth_code="").order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            client_id = OrderItem.objects.values_list("order__client_id", flat=True).get(pk=pk)
            bump_revision(client_id, ctx)
            item = OrderItem.objects.select_for_update().get(pk=pk)
            if item.auth_code:
                renewed = key_ring().rotate(item.auth_code)
                done += OrderItem.objects.filter(pk=pk).update(auth_code=renewed)
    for pk in CartItem.objects.exclude(auth_code="").order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            cart_item = CartItem.objects.select_for_update().filter(pk=pk).first()
            if cart_item is not None and cart_item.auth_code:
                renewed = key_ring().rotate(cart_item.auth_code)
                done += CartItem.objects.filter(pk=pk).update(auth_code=renewed)
    return done
