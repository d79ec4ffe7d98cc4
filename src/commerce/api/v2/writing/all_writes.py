"""The writes of version 2."""

from commerce.api.v2.writing.changes import CHANGES
from commerce.api.v2.writing.domain_searches import SEARCH_WRITES
from commerce.api.v2.writing.domains import DOMAIN_WRITES
from commerce.api.v2.writing.orders import PLACE_ORDER
from commerce.api.v2.writing.own.account import ACCOUNT_WRITES
from commerce.api.v2.writing.own.service_access import SERVICE_ACCESS_WRITES
from commerce.api.v2.writing.own.token import TOKEN_WRITES
from commerce.api.v2.writing.own.webhooks import WEBHOOK_POSTS, WEBHOOK_WRITES
from commerce.api.v2.writing.payment_methods import PAYMENT_METHOD_WRITES
from commerce.api.v2.writing.payments import PAYMENT_WRITES
from commerce.api.v2.writing.plan_changes import PLAN_CHANGE_WRITES
from commerce.api.v2.writing.posts import ACT_POSTS
from commerce.api.v2.writing.quotes import ASK_PRICE
from commerce.api.v2.writing.renewals import RENEWAL_WRITES
from commerce.api.v2.writing.routes import StructWrite, by_path
from commerce.api.v2.writing.zones import ZONE_POSTS, ZONE_WRITES

STRUCT_WRITES: tuple[StructWrite, ...] = (
    *ACCOUNT_WRITES,
    *DOMAIN_WRITES,
    *SEARCH_WRITES,
    *ZONE_WRITES,
    *PAYMENT_WRITES,
    *PAYMENT_METHOD_WRITES,
    *PLAN_CHANGE_WRITES,
    *RENEWAL_WRITES,
    *SERVICE_ACCESS_WRITES,
    *TOKEN_WRITES,
    *WEBHOOK_WRITES,
    ASK_PRICE,
    PLACE_ORDER,
)
"""Those whose body is a struct."""
WRITES = by_path([*CHANGES, *ACT_POSTS, *ZONE_POSTS, *WEBHOOK_POSTS, *STRUCT_WRITES])
"""By path, then by method."""
