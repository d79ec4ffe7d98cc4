"""The writes of version 2."""

from commerce.api.v2.writing.changes import CHANGES
from commerce.api.v2.writing.payments import PAYMENT_WRITES
from commerce.api.v2.writing.posts import ACT_POSTS
from commerce.api.v2.writing.routes import StructWrite, by_path

STRUCT_WRITES: tuple[StructWrite, ...] = (*PAYMENT_WRITES,)
"""Those whose body is a struct."""
WRITES = by_path([*CHANGES, *ACT_POSTS, *STRUCT_WRITES])
"""By path, then by method."""
