"""Acts over the API that take time: noted with what carries them on (decision 142)."""

from django.db import transaction

from commerce.accounts.models import ApiOperation
from commerce.accounts.models.operations import OPEN, SUCCEEDED
from commerce.kit import ids
from commerce.kit.context import Context


@transaction.atomic
def record_operation(
    *,
    client_id: int,
    token_id: int,
    act: str,
    record: tuple[str, int],
    carrier: tuple[str, int | None],
    ctx: Context,
) -> ApiOperation:
    """An operation that begins, in the transaction of what carries it on; of no ``carrier`` row it is done already."""
    return ApiOperation.objects.create(
        client_id=client_id,
        token_id=token_id,
        key=ids.random_key(),
        act=act,
        record_kind=record[0],
        record_id=record[1],
        carrier_kind=carrier[0],
        carrier_id=carrier[1],
        created_at=ctx.at,
        outcome=OPEN if carrier[1] is not None else SUCCEEDED,
    )
