"""The description of the staff API is OpenAPI, and has all that serves; its page opens."""

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from commerce.backoffice.api.kinds import kinds_of
from commerce.backoffice.site import staff_site
from tests.backoffice.api.calls import get
from tests.make.browser import HttpsTestClient
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db


def test_it_is_openapi_and_has_each_act() -> None:
    described = get("openapi.json", None).json
    validator = jsonschema_rs.Draft202012Validator(OPENAPI_31)
    assert [str(error) for error in validator.iter_errors(described)] == []
    operations = [one for item in described["paths"].values() for one in item.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))
    posts = {path for path, item in described["paths"].items() if "post" in item}
    of_lists = {
        f"/{kind.name}/{name}" for kind in kinds_of(staff_site).values() for name in kind.list_acts
    }
    of_records = {
        f"/{kind.name}/{{id}}/{name}"
        for kind in kinds_of(staff_site).values()
        for name in kind.record_acts
    }
    assert posts == of_lists | of_records
    assert "/services/{id}/suspend" in posts


def test_its_page_has_each_operation(web: HttpsTestClient) -> None:
    page = text_of(web.get("/admin/api"))
    assert "POST /services/{id}/suspend" in page
    assert "GET /clients" in page
