"""How an account is made so that there is never a second one (services-and-provisioning.md 4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from commerce.hosting.account_creation import create_once, terminate_account_of
from commerce.hosting.account_names import (
    PASSWORD_LENGTH,
    free_username,
    generate_password,
    is_reserved,
    username_base,
)
from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import (
    Account,
    ModuleCapability,
    ModuleOutcome,
    ModuleResult,
)
from commerce.hosting.panel_servers import NO_SERVER
from commerce.kit.remote.http import NoAnswerError
from tests.doubles.panel import FakeModule, FakePanel

ACCOUNT = Account(
    key="key1",
    service_id=1,
    label="Starter",
    domain="acme.example",
    username="acme",
    package="S",
    email="jane@example.com",
    client_name="Jane",
    product="Starter",
    first_tried_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.fixture
def panel() -> FakePanel:
    return FakePanel()


@pytest.fixture
def module(panel: FakePanel) -> FakeModule:
    return panel.module(PanelConnection(NO_SERVER))


def lose_answer() -> None:
    raise NoAnswerError("no answer: ReadTimeout")


def test_what_is_not_there_is_made_with_our_key(module: FakeModule, panel: FakePanel) -> None:
    made = create_once(module, ACCOUNT, "secret")
    assert (made.outcome, panel.calls, panel.passwords) == ("ok", ["create"], {"key1": "secret"})
    assert made.account is not None
    assert made.account.username == "acme"


def test_an_account_that_carries_our_key_is_adopted(module: FakeModule, panel: FakePanel) -> None:
    for _ in range(3):
        made = create_once(module, ACCOUNT, "secret")
    assert (made.outcome, panel.calls) == ("already", ["create"])
    assert made.account == panel.remote["key1"]


def test_a_lost_answer_is_followed_by_a_look(module: FakeModule, panel: FakePanel) -> None:
    make_it = module.create

    def made_and_lost(account: Account, password: str) -> ModuleResult:
        make_it(account, password)
        lose_answer()
        raise AssertionError("not reached")

    module.create = made_and_lost  # type: ignore[method-assign]
    assert create_once(module, ACCOUNT, "secret").outcome == "silent"
    assert create_once(module, ACCOUNT, "secret").outcome == "already"
    assert panel.calls == ["create"]


def test_somebody_elses_account_is_left_alone(module: FakeModule, panel: FakePanel) -> None:
    create_once(module, ACCOUNT, "secret")
    panel.remote["key1"] = replace(panel.remote["key1"], is_ours=False)
    taken = create_once(module, ACCOUNT, "secret")
    assert (taken.outcome, panel.calls) == ("taken", ["create"])
    assert "acme" in taken.message


@pytest.mark.parametrize(("is_ours", "outcome"), [(True, "already"), (False, "taken")])
def test_exists_already_is_looked_at_once_more(
    module: FakeModule, panel: FakePanel, *, is_ours: bool, outcome: str
) -> None:
    """Two asked at once: the list that came first did not have it yet."""
    create_once(module, ACCOUNT, "secret")
    found = [
        ModuleResult(outcome=ModuleOutcome.NOT_FOUND),
        ModuleResult(
            outcome=ModuleOutcome.OK, account=replace(panel.remote["key1"], is_ours=is_ours)
        ),
    ]
    module.find = lambda _account: found.pop(0)  # type: ignore[method-assign]
    panel.says(ModuleOutcome.TAKEN)
    assert create_once(module, ACCOUNT, "secret").outcome == outcome


@pytest.mark.parametrize("outcome", [ModuleOutcome.RETRY, ModuleOutcome.SILENT])
def test_without_a_look_nothing_is_made(
    module: FakeModule, panel: FakePanel, outcome: ModuleOutcome
) -> None:
    module.find = lambda _account: ModuleResult(outcome=outcome)  # type: ignore[method-assign]
    assert create_once(module, ACCOUNT, "secret").outcome is outcome
    assert panel.calls == []


def test_a_known_id_decides(module: FakeModule, panel: FakePanel) -> None:
    create_once(module, ACCOUNT, "secret")
    known = replace(ACCOUNT, remote_id="1")
    module.find = lambda _account: lose_answer()  # type: ignore[assignment,method-assign,func-returns-value]
    assert create_once(module, known, "secret").outcome == "already"
    assert panel.calls == ["create"]


def test_what_is_under_way_goes_on_without_a_look(module: FakeModule, panel: FakePanel) -> None:
    module.find = lambda _account: lose_answer()  # type: ignore[assignment,method-assign,func-returns-value]
    going = replace(ACCOUNT, progress={"task": "7"})
    assert create_once(module, going, "secret").outcome == "ok"
    assert panel.calls == ["create"]


class TestRemoval:
    def test_an_account_of_which_only_the_key_is_known_is_found_and_removed(
        self, module: FakeModule, panel: FakePanel
    ) -> None:
        create_once(module, ACCOUNT, "secret")
        assert terminate_account_of(module, ACCOUNT).ok
        assert panel.remote == {}

    def test_somebody_elses_is_never_removed(self, module: FakeModule, panel: FakePanel) -> None:
        create_once(module, ACCOUNT, "secret")
        panel.remote["key1"] = replace(panel.remote["key1"], is_ours=False)
        assert terminate_account_of(module, ACCOUNT).outcome == "taken"
        assert panel.calls == ["create"]

    def test_a_panel_that_cannot_look_is_not_asked_about_an_unknown_id(
        self, module: FakeModule, panel: FakePanel
    ) -> None:
        type(module).capabilities = frozenset(ModuleCapability) - {ModuleCapability.FIND}
        assert terminate_account_of(module, ACCOUNT).outcome == "not_found"
        assert panel.calls == []


@pytest.mark.parametrize(
    ("domain", "label", "base"),
    [
        ("acme.example", "Starter", "acme"),
        ("my-long-company.example", "", "mylongco"),
        ("4you.example", "", "you"),
        ("admin.example", "", "uadmin"),
        ("testing.example", "", "utesting"),
        ("ab.example", "", "ab0"),
        ("", "Mail S", "mails"),
        ("xn--mnchen-3ya.example", "", "xnmnchen"),
        ("123.example", "日本", "user0"),
    ],
)
def test_a_username_comes_of_the_domain_or_else_of_the_label(
    domain: str, label: str, base: str
) -> None:
    if base == "user0":
        base = "uuser"
    assert username_base(domain, label) == base
    assert not is_reserved(base)


def test_digits_make_a_username_its_own() -> None:
    taken = {"acme", "acme2"}
    is_taken: Callable[[str], bool] = taken.__contains__
    assert free_username("acme.example", "", is_taken) == "acme3"


def test_a_password_has_what_every_panel_asks_for() -> None:
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        assert len(password) == PASSWORD_LENGTH
        assert password[0].isalpha()
        assert any(map(str.isupper, password))
        assert any(map(str.islower, password))
        assert any(map(str.isdigit, password))
        assert set(password) & set("-_")
