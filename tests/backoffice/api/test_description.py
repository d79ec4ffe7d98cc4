"""The description of the staff API is OpenAPI, and has all that serves; its page opens."""

import re

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from commerce.backoffice.api.kinds import kinds_of
from commerce.backoffice.site import staff_site
from tests.backoffice.api.calls import get
from tests.house.source import ROOT
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


def test_the_guide_for_scripts_of_another_system_names_what_there_is() -> None:
    """Each address of its table is served, with each filter; each command of its last line exists."""
    guide = (ROOT / "docs" / "staff-api.md").read_text("utf-8")
    moving = guide.partition("## Moving a script from another billing system")[2]
    described = get("openapi.json", None).json["paths"]
    asked = re.findall(r"`(GET|POST) (/[^`?]+)\??([^`]*)`", moving)
    assert len(asked) > 20
    for method, path, query in asked:
        operation = described[path][method.lower()]
        known = {one["name"] for one in operation.get("parameters", ()) if "name" in one}
        assert {one.partition("=")[0] for one in query.split("&") if one} <= known, path
    commands = (ROOT / "docs" / "acts" / "commands.md").read_text("utf-8")
    for words in re.findall(r"`commerce ([a-z -]+)`", moving):
        assert f"| `{words}` |" in commands
