"""What Schemathesis loads beside the description, as a program of its own."""

from typing import Any

import schemathesis

from tests.api.made_up_requests import leave_out_what_is_not_told, storable_body


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    if raw_schema["info"]["version"] != "v1":
        leave_out_what_is_not_told(raw_schema)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    return storable_body(body)
