"""`commerce server`: staff make, change, look at and switch off the servers that accounts live on."""

import json
import re

import pytest
from click.testing import CliRunner, Result

from commerce.catalog.actions.product_settings import change_product
from commerce.catalog.models import ServerGroup
from commerce.cli.root import commerce
from commerce.hosting.models import Server, Service
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.records import make_server_group

pytestmark = pytest.mark.django_db
SERVERS = ("ns1.web1.example", "ns2.web1.example")


def run(*words: str) -> Result:
    return CliRunner().invoke(commerce, ["server", *words])


def test_server_groups_are_made_renamed_listed_and_deleted_while_nothing_is_in_them() -> None:
    assert run("add-group", "--name", "eu").stderr == "The group was created.\n"
    assert run("add-group", "--name", "eu").exit_code != 0
    server, product = make.make_server(name="web7", group="eu"), make.make_product()
    change_product(product=product, server_group="eu", ctx=Context(make.AT, SYSTEM))
    assert run("rename-group", "eu", "--name", "europe").exit_code == 0
    server.refresh_from_db()
    product.refresh_from_db()
    assert (server.group, product.server_group) == ("europe", "europe")
    [group] = json.loads(run("groups", "--json").stdout)
    assert group == {"name": "europe", "servers": ["web7"], "products": [product.slug]}
    assert "web7" in run("delete-group", "europe").stderr
    assert "not found" in run("change", "web7", "--group", "eu").stderr
    assert run("change", "web7", "--group", "none").exit_code == 0
    change_product(product=product, server_group=None, ctx=Context(make.AT, SYSTEM))
    gone = run("delete-group", "europe", "--yes")
    assert gone.exit_code == 0, gone.stderr
    assert not ServerGroup.objects.exists()


def test_a_server_is_added_changed_shown_and_switched_off() -> None:
    make_server_group("eu")
    added = run(
        *(
            "add",
            "--name",
            "web1",
            "--hostname",
            "web1.example",
            "--group",
            "eu",
            "--max-accounts",
            "50",
        ),
        *("--nameservers", " ".join(SERVERS), "--panel-url", "https://web1.example:2083"),
        *("--ipv4", "192.0.2.1", "--ipv6", "2001:DB8::1"),
    )
    assert (added.exit_code, added.stderr) == (0, "The server is added.\n")
    make.make_service(server=Server.objects.get())
    assert run("change", "web1", "--hostname", "web9.example").exit_code == 0
    assert json.loads(run("show", "web1", "--json").stdout) == {
        "name": "web1",
        "hostname": "web9.example",
        "port": 0,
        "fingerprint": None,
        "module": "manual",
        "group": "eu",
        "ipv4": "192.0.2.1",
        "ipv6": "2001:db8::1",
        "panel_url": "https://web1.example:2083",
        "nameservers": [*SERVERS],
        "accounts": 1,
        "max_accounts": 50,
        "active": True,
        "settings": {},
        "compared_at": None,
        "tested_at": None,
        "test_problem": None,
    }
    assert "Nameservers:  ns1.web1.example, ns2.web1.example" in run("show", "web1").stdout
    assert re.search(r"web1 +web9.example +manual +eu +1 +50 +yes", run("list").stdout)
    assert "gets no new accounts" in run("disable", "web1").stderr
    assert json.loads(run("list", "--json").stdout)[0]["active"] is False
    Server.objects.update(test_problem="The licence has expired.")
    assert "Pass --confirm server.test_failed" in run("enable", "web1").stderr
    assert run("enable", "web1", "--confirm", "server.not_tried").exit_code == 1
    assert "new accounts again" in run("enable", "web1", "--confirm", "server.test_failed").stderr
    assert "Enter an IPv4 address" in run("change", "web1", "--ipv4", "2001:db8::1").stderr
    assert run("change", "web1", "--ipv6", "").exit_code == 0
    assert run("change", "web1", "--nameservers", "none", "--name", "web2").exit_code == 0
    server = Server.objects.get()
    assert (server.nameservers, server.ipv4, server.ipv6) == ([], "192.0.2.1", "")


def test_what_is_wrong_is_said_and_an_empty_list_says_what_to_do() -> None:
    assert "commerce server add" in run("list").stderr
    unknown = run("show", "web7")
    assert unknown.exit_code == 1
    assert "Server web7 not found. No servers" in unknown.stderr
    refused = run("add", "--name", "web1", "--hostname", "web1.example", "--module", "odd")
    assert "Module odd not found. Available modules: cpanel, directadmin, manual" in refused.stderr
    assert not Server.objects.exists()


def test_the_server_of_a_service_is_named_as_staff_made_it() -> None:
    run("add", "--name", "web1", "--hostname", "web1.example")
    service = make.make_service()
    words = ["service", "set-account", str(service.pk), "--server", "web1", "--username", "acme"]
    words += ["--reason", "moved"]
    assert CliRunner().invoke(commerce, words).exit_code == 0
    server = Service.objects.get().server
    assert server is not None
    assert server.hostname == "web1.example"


def test_a_new_address_forgets_the_secrets_and_says_so() -> None:
    run("add", "--name", "web7", "--hostname", "web7.example.net", "--module", "cpanel")
    CliRunner().invoke(commerce, ["server", "set", "web7", "api_token"], input="t\n")
    for words in (
        ["--hostname", "web8.example.net"],
        ["--port", "99"],
        ["--fingerprint", "ab" * 32],
    ):
        done = run("change", "web7", *words)
        told = "Enter again what isn't sent to another address: api_token."
        assert told in " ".join(done.stderr.split())
        CliRunner().invoke(commerce, ["server", "set", "web7", "api_token"], input="t\n")
    assert "Enter again" not in run("change", "web7", "--name", "web9").stderr


def test_failed_jobs_of_a_server_are_retried() -> None:
    make.make_server(name="web1")
    assert "No jobs need attention." in run("retry", "web1", "--since", "2026-04-01").output
    assert run("retry", "web9").exit_code == 1
