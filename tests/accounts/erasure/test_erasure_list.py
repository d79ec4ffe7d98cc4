"""The list of erasures beside the database, by which a restored backup loses again what was erased since."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from commerce.accounts.erasure.erasure_list import read_erasure_list, write_erasure_list
from commerce.accounts.models import Erasure
from commerce.cli.databases.restore_database import erase_again_from_lists
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from tests.accounts.erasure.planted import columns_with_planted_text, planted_client
from tests.accounts.erasure.test_erasing import KEPT, LEFT_TO_STAFF, erased
from tests.make.people import AT, make_client, make_user
from tests.make.records import make_service

pytestmark = pytest.mark.django_db

DAY = AT.date() + timedelta(days=14)


def written(folder: Path, text: str) -> list[Path]:
    (folder / "erasures.txt").write_text(text, "ascii")
    return [folder]


def test_the_list_holds_ids_and_dates_only_and_loses_none(tmp_path: Path) -> None:
    write_erasure_list(tmp_path)
    assert not (tmp_path / "erasures.txt").exists()
    owner = make_user("owner@example.com")
    erasure = erased(make_client(owner=owner), owner)
    written(tmp_path, "987654321 2026-01-31\n")
    write_erasure_list(tmp_path)
    known = {987654321: date(2026, 1, 31), erasure.client_id: DAY}
    assert read_erasure_list(tmp_path) == known
    lines = (tmp_path / "erasures.txt").read_text().splitlines()
    assert sorted(lines) == sorted(f"{pk} {day}" for pk, day in known.items())
    assert (tmp_path / "erasures.txt").stat().st_mode & 0o777 == 0o600


def test_a_restored_client_is_erased_again_and_nobody_is_told(tmp_path: Path) -> None:
    client, _owner = planted_client()
    make_service(client)
    told = OutgoingMail.objects.count()
    folders = written(tmp_path, f"{client.pk} {DAY}\n")
    with clock.freeze_time(AT + timedelta(days=30)):
        erase_again_from_lists([*folders, tmp_path / "elsewhere"])
        erase_again_from_lists(folders)
    assert columns_with_planted_text() == KEPT | LEFT_TO_STAFF | {"payments_savedcard.token"}
    assert OutgoingMail.objects.count() == told
    assert Erasure.objects.for_client(client).done().count() == 1


def test_a_client_who_is_younger_than_the_erasure_of_their_id_is_another(tmp_path: Path) -> None:
    client = make_client(owner="owner@example.com")
    with clock.freeze_time(AT):
        erase_again_from_lists(written(tmp_path, f"{client.pk} {AT.date() - timedelta(days=1)}\n"))
    client.refresh_from_db()
    assert client.first_name == "Jane"
