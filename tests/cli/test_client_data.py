"""`commerce client export-data` and `erase-data`: a documented request about personal data (accounts.md 10)."""

import pytest

from commerce.accounts.models import DataExport, Erasure
from tests import make
from tests.cli.conftest import Run

pytestmark = pytest.mark.django_db


def test_an_export_is_prepared_for_the_owners(run: Run) -> None:
    client = make.make_client()
    done = run("client", "export-data", client.pk, "--yes")
    assert (done.exit_code, "requested" in done.stderr) == (0, True)
    assert DataExport.objects.get().client == client
    assert run("client", "export-data", client.pk, "--yes").exit_code == 1  # one at a time


def test_an_erasure_is_asked_for_with_a_reason_and_taken_back(run: Run) -> None:
    client = make.make_client()
    assert run("client", "erase-data", client.pk).exit_code == 2
    assert run("client", "keep-data", client.pk).exit_code == 1
    assert run("client", "erase-data", client.pk, "--reason", "Letter", "--yes").exit_code == 0
    erasure = Erasure.objects.get()
    assert (erasure.client, erasure.status) == (client, "requested")
    assert run("client", "keep-data", client.pk).exit_code == 0
    erasure.refresh_from_db()
    assert erasure.status == "withdrawn"
