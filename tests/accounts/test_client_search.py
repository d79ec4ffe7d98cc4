"""Clients by what people type (backoffice.md 3)."""

import pytest

from commerce.accounts.client_search import client_ids_matching, clients_matching
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text", ["jane", "SMITH", "smith jane", "Acme", "jane@acme", "jane acme", "  smi  "]
)
def test_each_word_is_looked_for_in_name_company_and_email(text: str) -> None:
    about = {"first_name": "Jane", "last_name": "Smith", "company": "Acme Ltd"}
    client = make.make_client(**about, email="jane@acme.example")
    make.make_client(first_name="Jim", last_name="Jones", email="jim@jones.example")
    assert client_ids_matching(text) == [client.pk]


@pytest.mark.parametrize("text", ["", " ", "smith jim", "%", "_"])
def test_what_nobody_has_finds_nobody(text: str) -> None:
    make.make_client(first_name="Jane", last_name="Smith")
    assert not clients_matching(text).exists()


def test_the_newest_come_first_up_to_a_limit() -> None:
    clients = [make.make_client(last_name="Smith") for _ in range(3)]
    assert client_ids_matching("smith", 2) == [clients[2].pk, clients[1].pk]
