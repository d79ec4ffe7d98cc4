"""What several resources can have embedded."""

from typing import Annotated

from msgspec import Struct

from commerce.api.read.fields import api_field, api_related
from commerce.api.v1.field_types import Id
from commerce.api.v2.reading.field_types import DERIVED
from commerce.api.v2.reading.resource import Include
from commerce.api.v2.resources.account import Account


class Product(Struct, frozen=True):
    """What was sold, as it is called now."""

    id: Annotated[Id, api_field("pk", story=[7])]
    name: Annotated[
        str,
        api_field(
            "name",
            description="Its name.",
            examples=["Business"],
            extra_json_schema=DERIVED,
        ),
    ]
    slug: Annotated[
        str,
        api_field(
            "slug",
            description="Its part of addresses in the store.",
            examples=["business"],
        ),
    ]


CLIENT = Include(
    Annotated[
        Account,
        api_related(Account, "client", description="The client account that it belongs to."),
    ],
    scope="profile:read",
)
PRODUCT = Include(
    Annotated[Product, api_related(Product, "product", description="The product that was sold.")]
)
