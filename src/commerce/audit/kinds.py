"""What the audit log calls the kind of a row."""

import re
from functools import cache

from django.db.models import Model


def record_kind(record: Model | type[Model]) -> str:
    """``PlanChange`` is ``plan_change``, as in codes of errors and keys of acts."""
    return _snake_case(str(record._meta.object_name))


@cache
def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
