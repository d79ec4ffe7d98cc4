import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.doubles.rdap import FakeRdap, serve_rdap


@pytest.fixture
def registry(settings: Settings, tmp_path: Path) -> Iterator[FakeRdap]:
    """The RDAP server of .com, .co.uk and an IDN TLD; the list that names it is kept in the data folder."""
    settings.COMMERCE_DATA_DIR = tmp_path
    with serve_rdap() as stand:
        tlds = ["com", "co.uk", "xn--p1ai"]
        servers = {"version": "1.0", "services": [[tlds, [f"{stand.url}/"]]]}
        (tmp_path / "rdap-servers.json").write_text(json.dumps(servers))
        yield stand
