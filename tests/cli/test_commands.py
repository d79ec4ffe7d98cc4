"""The commands that end by themselves: what they change, print, refuse, and with which exit code."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from django.db import connection

from commerce import __version__
from commerce.accounts.actions.token_usage import TokenUse, record_token_uses
from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.models import READING_SCOPES, ApiToken, Client, Membership, User
from commerce.audit.models import AuditEntry
from commerce.cli.root import COMMANDS, commerce
from commerce.db import triggers
from commerce.kit import clock, tokens
from commerce.kit.context import SYSTEM, Context
from commerce.kit.files import paths_open_to_others
from tests.make import (
    make_client,
    make_currency,
    make_member,
    make_service,
    make_token,
    make_user,
)
from tests.server.running import once, run_command

pytestmark = pytest.mark.django_db

type Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *words: CliRunner().invoke(commerce, [str(word) for word in words])


class TestHelp:
    @pytest.mark.parametrize(
        "words",
        [()]
        + [(name,) for name in COMMANDS if name != "manage"]
        + [("token", "create"), ("token", "list"), ("token", "revoke"), ("client", "create")]
        + [("setting", "get"), ("setting", "set"), ("setting", "reset"), ("setting", "list")],
    )  # fmt: skip
    def test_each_command_says_what_it_does(self, run: Run, words: tuple[str, ...]) -> None:
        done = run(*words, "--help")
        assert done.exit_code == 0
        assert re.search(r"\A\s*Usage: commerce.*\n\n  [A-Z].*\.\n", done.stdout)

    @pytest.mark.parametrize("words", [["--help"], ["version"], ["demo", "--help"]])
    def test_the_list_of_commands_and_the_version_load_nothing_of_django(
        self, words: list[str]
    ) -> None:
        code = (
            "import sys; from commerce.cli.root import commerce; commerce(sys.argv[1:], standalone_mode=False);"
            "sys.exit(any(m.split('.')[0] in ('django', 'cryptography') for m in sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr

    @once
    def test_a_help_text_leaves_nothing_behind_where_no_installation_is(
        self, tmp_path: Path
    ) -> None:
        fresh = tmp_path / "fresh"
        done = run_command(fresh, "token", "create", "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert "Usage: commerce token create" in done.stdout
        assert not fresh.exists() or list(fresh.iterdir()) == []

    @once
    def test_a_value_that_reads_like_a_request_for_help_is_a_value(self, data: Path) -> None:
        done = run_command(data, "setting", "set", "company.name", "--", "--help")
        assert done.stderr == "company.name is now --help.\n"

    @pytest.mark.parametrize("name", COMMANDS)
    def test_the_list_says_of_each_command_what_the_command_says(self, name: str) -> None:
        with click.Context(commerce) as ctx:
            command = commerce.get_command(ctx, name)
        assert command is not None
        assert COMMANDS[name].summary == command.get_short_help_str(200)

    def test_the_version_can_be_asked_for_in_both_ways(self, run: Run) -> None:
        assert run("version").stdout == run("--version").stdout == f"commerce {__version__}\n"

    def test_an_unknown_command_is_a_wrong_call(self, run: Run) -> None:
        done = run("tokn")
        assert (done.exit_code, done.stdout) == (2, "")


class TestTokenCreate:
    def test_it_prints_the_token_alone(self, run: Run) -> None:
        client = make_client(owner="alice@example.com", email="bills@example.com")
        done = run("token", "create", client.pk, "--name", "nightly sync")
        made = ApiToken.objects.get()
        assert done.exit_code == 0
        assert done.stderr == f"Token {made.pk}, nightly sync, of client {client.pk}, Jane Smith:\n"
        plain = done.stdout.removesuffix("\n")
        assert tokens.is_token_well_formed(plain)
        assert made.token_hash == tokens.token_digest(plain)
        assert (made.client, made.maker.email, made.name) == (
            client,
            "alice@example.com",
            "nightly sync",
        )
        assert made.scopes == [*READING_SCOPES]
        entry = AuditEntry.objects.get(action="api_token.created")
        assert (entry.actor_kind, entry.actor_name) == ("system", "commerce command")

    def test_the_client_is_found_by_its_billing_address_in_any_case(self, run: Run) -> None:
        make_client(email="bills@example.com")
        assert run("token", "create", "Bills@Example.COM", "--name", "a").exit_code == 0

    def test_of_several_clients_none_is_taken(self, run: Run) -> None:
        one = make_client(email="bills@example.com", company="One Ltd")
        two = make_client(email="BILLS@example.com")
        done = run("token", "create", "bills@example.com", "--name", "a")
        assert (done.exit_code, done.stdout) == (1, "")
        assert f"\n  {one.pk}  Jane Smith  One Ltd\n  {two.pk}  Jane Smith\n" in done.stderr
        assert not ApiToken.objects.exists()

    @pytest.mark.parametrize("who", ["nobody@example.com", "999999", "9" * 30, "-", "٣"])
    def test_an_unknown_client_is_refused(self, run: Run, who: str) -> None:
        done = run("token", "create", who, "--name", "a")
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr == f"Error: No client with the ID or billing email {who}.\n"

    def test_everything_can_be_limited(self, run: Run) -> None:
        client = make_client()
        member = make_member(client, "bob@example.com", role="technical")
        last = clock.now().date() + timedelta(days=9)
        done = run(
            *("token", "create", client.pk, "--name", "a", "--by", "BOB@example.com"),
            *("--scopes", "services:read, domains:read", "--expires", last),
            *("--network", "203.0.113.0/24", "--network", "2001:db8::/32"),
        )
        assert done.exit_code == 0, done.stderr
        made = ApiToken.objects.get()
        assert made.scopes == ["services:read", "domains:read"]
        assert made.networks == ["203.0.113.0/24", "2001:db8::/32"]
        assert (made.expires_on, made.maker) == (last, member.user)

    def test_the_oldest_active_owner_makes_it(self, run: Run) -> None:
        client = make_client(owner="first@example.com")
        make_member(client, "second@example.com", role="owner")
        User.objects.filter(email="first@example.com").update(is_active=False)
        assert run("token", "create", client.pk, "--name", "a").exit_code == 0
        assert ApiToken.objects.get().maker.email == "second@example.com"

    def test_who_is_not_a_member_or_may_not_makes_none(self, run: Run) -> None:
        client = make_client()
        make_client(owner="charlie@example.com")
        make_member(client, "bob@example.com", role="billing")
        for email, text in (
            ("charlie@example.com", "has no active member with the email charlie@example.com"),
            ("bob@example.com", "You need the permission tokens.manage to do this."),
        ):
            done = run("token", "create", client.pk, "--name", "a", "--by", email)
            assert (done.exit_code, done.stdout) == (1, "")
            assert text in done.stderr

    @pytest.mark.parametrize(
        ("words", "code", "text"),
        [
            (["--scopes", "services:fly"], 2, "services:fly (available: profile:read,"),
            (["--scopes", ","], 1, "Select at least one scope"),
            (["--expires", "2020-01-01"], 1, "can't be in the past"),
            (["--expires", "tomorrow"], 2, "does not match the format"),
            (["--network", "everywhere"], 1, "Enter one such as 203.0.113.0/24"),
        ],
    )
    def test_what_is_wrong_is_said(self, run: Run, words: list[str], code: int, text: str) -> None:
        done = run("token", "create", make_client().pk, "--name", "a", *words)
        assert (done.exit_code, done.stdout) == (code, "")
        assert text in done.stderr

    def test_a_name_in_use_is_refused(self, run: Run) -> None:
        client = make_client()
        make_token(client, name="a")
        done = run("token", "create", client.pk, "--name", "a")
        assert (done.exit_code, done.stdout) == (1, "")
        assert "An active token with this name already exists. Choose another name." in done.stderr

    def test_a_token_for_some_records_is_made(self, run: Run) -> None:
        client = make_client()
        service = make_service(client)
        words = ("token", "create", client.pk, "--name", "a", "--scopes", "services:read")
        assert run(*words, "--only", f"service:{service.pk}").exit_code == 0
        assert ApiToken.objects.get().bindings.get().record_id == service.pk
        for wrong in ("service", "invoice:1", "service:x"):
            assert run(*words, "--only", wrong).exit_code == 2


class TestTokenRotate:
    def test_it_prints_the_new_secret_alone(self, run: Run) -> None:
        token, _ = make_token(name="sync")
        done = run("token", "rotate", token.pk, "--overlap", "0")
        assert done.exit_code == 0
        assert done.stderr == f"New secret of token {token.pk}, sync:\n"
        token.refresh_from_db()
        assert token.token_hash == tokens.token_digest(done.stdout.removesuffix("\n"))
        again = run("token", "rotate", token.pk)
        assert (again.exit_code, again.stdout) == (1, "")
        assert "less than an hour ago" in again.stderr


class TestTokenListAndRevoke:
    def test_the_list_shows_all_of_a_client_and_no_token(self, run: Run) -> None:
        client = make_client(owner="alice@example.com")
        live, plain = make_token(client, name="live", scopes=["services:read"])
        ended, _ = make_token(client, name="ended", networks=["203.0.113.0/24"])
        revoke_token(token=ended, ctx=Context(clock.now(), SYSTEM))
        make_token(make_client(), name="another's")
        record_token_uses([TokenUse(live.pk, "203.0.113.9", 7, clock.now())])
        used = f"{clock.now():%Y-%m-%d %H:%M} UTC|203.0.113.9"
        done = run("token", "list", client.pk)
        head, *rows = done.stdout.splitlines()
        assert head.split("  ")[0] == "ID"
        assert [re.split(r"\s{2,}", row) for row in rows] == [
            f"{ended.pk}|ended|revoked|reading|203.0.113.0/24|never|alice@example.com|never|-|0".split(
                "|"
            ),
            f"{live.pk}|live|live|services:read|any|never|alice@example.com|{used}|7".split("|"),
        ]
        told = run("token", "list", client.pk, "--json").stdout
        assert [row["requests_in_30_days"] for row in json.loads(told)] == [0, 7]
        assert plain not in done.stdout + told

    def test_none_are_said_to_be_none(self, run: Run) -> None:
        done = run("token", "list", make_client().pk)
        assert (done.exit_code, done.stdout, done.stderr) == (0, "", "No tokens.\n")

    def test_revoking_ends_it(self, run: Run) -> None:
        token, _ = make_token(name="a")
        done = run("token", "revoke", token.pk, "--reason", "Leaked", "--yes")
        token.refresh_from_db()
        assert (done.exit_code, done.stdout, token.status) == (0, "", "revoked")
        assert "Token revoked." in done.stderr

    def test_an_unknown_one_is_refused(self, run: Run) -> None:
        assert (
            run("token", "revoke", 999, "--reason", "Leaked").stderr
            == "Error: Token 999 not found.\n"
        )
        assert run("token", "revoke", "x", "--reason", "Leaked").exit_code == 2


class TestClientCreate:
    WORDS = (
        *("client", "create", "--owner", "new@example.com", "--first-name", "Nora"),
        *("--last-name", "New", "--country", "de", "--currency", "eur"),
    )

    def test_it_makes_the_client_and_its_owner(self, run: Run) -> None:
        make_currency("EUR")
        done = run(*self.WORDS, "--company", "New GmbH")
        assert done.exit_code == 0, done.stderr
        client = Client.objects.get(pk=int(done.stdout))
        assert (client.name, client.company, client.country) == ("Nora New", "New GmbH", "DE")
        assert (client.email, client.currency_code) == ("new@example.com", "EUR")
        owner = Membership.objects.get(client=client)
        assert (owner.role, owner.user.has_usable_password()) == ("owner", False)
        assert done.stderr == "Client created.\n"

    def test_an_owner_who_is_known_gets_one_more_client(self, run: Run) -> None:
        make_currency("EUR")
        user = make_user("new@example.com")
        done = run(*self.WORDS, "--email", "bills@example.com")
        assert done.exit_code == 0
        client = Client.objects.get(pk=int(done.stdout))
        assert client.email == "bills@example.com"
        assert Membership.objects.get(client=client).user == user

    @pytest.mark.parametrize(
        ("words", "text"),
        [
            (["--country", "Germany"], "Use a code such as DE"),
            (["--country", "XX"], "XX isn't a country code. Use a code such as DE."),
            (["--currency", "XXX"], "set up"),
        ],
    )
    def test_what_is_wrong_is_refused_and_nothing_is_made(
        self, run: Run, words: list[str], text: str
    ) -> None:
        done = run(*self.WORDS, *words)
        assert (done.exit_code, done.stdout) == (1, "")
        assert text in done.stderr
        assert not User.objects.exists()


class TestSetting:
    def test_a_setting_is_changed_and_read_back(self, run: Run) -> None:
        assert run("setting", "get", "company.name").stdout == "My Hosting Company\n"
        done = run("setting", "set", "company.name", "Acme")
        assert (done.exit_code, done.stdout, done.stderr) == (0, "", "company.name is now Acme.\n")
        assert run("setting", "get", "company.name").stdout == "Acme\n"
        assert run("setting", "set", "portal.registration", "no").exit_code == 0
        assert run("setting", "get", "portal.registration").stdout == "off\n"
        changed = run("setting", "list", "--changed").stdout.splitlines()[1:]
        assert [line.split()[:3] for line in changed] == [
            ["company.name", "*", "Acme"],
            ["portal.registration", "*", "off"],
        ]

    def test_what_is_wrong_is_refused(self, run: Run) -> None:
        for words, text in (
            (("get", "company.nam"), "Setting company.nam not found."),
            (("set", "company.nam", "x"), "Setting company.nam not found."),
            (("set", "portal.registration", "maybe"), "Enter on or off."),
            (("set", "billing.time_zone", "Mars"), "Use a name such as Europe/Berlin"),
        ):
            done = run("setting", *words)
            assert (done.exit_code, done.stdout) == (1, "")
            assert text in done.stderr

    def test_the_list_has_each_key_with_its_meaning(self, run: Run) -> None:
        lines = run("setting", "list").stdout.splitlines()
        assert any(
            line.startswith("company.name") and "Company name on invoices" in line for line in lines
        )


class TestInstallation:
    def test_migrate_has_nothing_left_to_do_here(self, run: Run) -> None:
        done = run("migrate")
        assert (done.exit_code, done.stderr) == (0, "The database is up to date.\n")

    @once
    def test_what_the_data_folder_holds_is_its_owner_s_alone_also_from_before(
        self, data: Path, tmp_path: Path
    ) -> None:
        fresh = tmp_path / "fresh"
        assert "isn't set up" in run_command(fresh, "prove").stderr
        assert {path.name for path in fresh.iterdir()} >= {
            "commerce.sqlite3",
            "secret.key",
            "ring.key",
        }
        assert paths_open_to_others(fresh) == []
        for path in (data, *data.rglob("*")):
            path.chmod(0o755)
        assert run_command(data, "setting", "get", "company.name").returncode == 0
        assert paths_open_to_others(data) == []

    def test_check_passes_and_finds_what_is_not_for_production(self, run: Run) -> None:
        assert run("check").exit_code == 0
        done = run("check", "--deploy")
        assert done.exit_code == 1
        assert "commerce.W014" in done.stderr

    def test_migrate_mends_what_guards_issued_documents(self, run: Run) -> None:
        triggers.remove_triggers(connection)
        assert "commerce.W201" in run("check").stderr
        assert run("migrate").exit_code == 0
        assert triggers.trigger_differences() == []
        assert "commerce.W201" not in run("check").stderr

    def test_secrets_are_renewed_with_the_newest_key(self, run: Run) -> None:
        done = run("renew-secrets")
        assert (done.exit_code, done.stdout) == (0, "")
        assert "0 secrets re-encrypted." in done.stderr

    def test_django_s_own_commands_are_there(self, run: Run) -> None:
        done = run("manage", "makemigrations", "--check", "--dry-run", "--verbosity=0")
        assert done.exit_code == 0
        assert run("manage", "nosuchcommand").exit_code == 1
