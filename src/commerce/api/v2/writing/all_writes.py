"""The writes of version 2."""

from commerce.api.v2.writing.changes import CHANGES
from commerce.api.v2.writing.domains import DOMAIN_WRITES
from commerce.api.v2.writing.payments import PAYMENT_WRITES
from commerce.api.v2.writing.posts import ACT_POSTS
from commerce.api.v2.writing.routes import StructWrite, by_path
from commerce.api.v2.writing.token import TOKEN_WRITES

STRUCT_WRITES: tuple[StructWrite, ...] = (*DOMAIN_WRITES, *PAYMENT_WRITES, *TOKEN_WRITES)
"""Those whose body is a struct."""
WRITES = by_path([*CHANGES, *ACT_POSTS, *STRUCT_WRITES])
"""By path, then by method."""
