"""Operations as writes begin them."""

from typing import Any

from commerce.accounts.actions.api_writes.operations import record_operation
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.writing.routes import WriteCall, WriteResult

_KINDS = {"client": "account", "planchange": "plan_change", "savedcard": "payment_method"}
"""What kinds are called here, where that is not the name of their model."""


def started(
    call: WriteCall,
    *,
    act: str,
    record: Any,
    carrier: tuple[str, Any],
    not_checked: tuple[str, ...] = (),
) -> WriteResult:
    """202 with the operation of a record, which a row of the kind of ``carrier`` carries; None: it was so already."""
    kind = _KINDS.get(record._meta.model_name, record._meta.model_name)
    operation = record_operation(
        client_id=call.caller.client_id,
        token_id=call.caller.token_id,
        act=f"{kind}.{act}",
        record=(kind, record.pk),
        carrier=(carrier[0], None if carrier[1] is None else carrier[1].pk),
        ctx=call.ctx,
    )
    return WriteResult(OPERATIONS, operation.key, 202, not_checked)
