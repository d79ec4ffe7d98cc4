"""``GET /search``: all kinds of records that the caller may see, as the search of the staff area finds them."""

from commerce.api.core.errors import ProblemPart
from commerce.api.core.replies import ApiReply
from commerce.api.core.request import ApiRequest
from commerce.api.v2.reading.params import parameter_problem
from commerce.backoffice.api.caller import StaffCaller
from commerce.backoffice.api.kinds import Json, RecordKind, kinds_of
from commerce.backoffice.api.lists import json_reply, read_query
from commerce.backoffice.search import MAX_SEARCH_LENGTH, SHOWN_OF_A_KIND


def serve_search(request: ApiRequest, caller: StaffCaller) -> ApiReply:
    """What is found, by kind; of each the first."""
    text = read_query(request, ["q"]).given.get("q", "").strip()
    if not 1 <= len(text) <= MAX_SEARCH_LENGTH:
        detail = f"q: It must have 1 to {MAX_SEARCH_LENGTH} characters."
        raise parameter_problem([ProblemPart("parameter", "q", "not_valid", detail)])
    searched = [one for one in kinds_of(caller.site).values() if one.admin.found_by_search]
    found = [_found(one, caller, text) for one in searched if one.may_read(caller)]
    return json_reply({"data": [one for one in found if one["records"]]})


def _found(kind: RecordKind, caller: StaffCaller, text: str) -> Json:
    rows = list(kind.admin.global_search(caller.request, text)[: SHOWN_OF_A_KIND + 1])
    records = [
        {"id": row.pk, "title": kind.admin.record_title(row)} for row in rows[:SHOWN_OF_A_KIND]
    ]
    return {"kind": kind.name, "records": records, "has_more": len(rows) > SHOWN_OF_A_KIND}
