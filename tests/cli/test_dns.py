"""`commerce dns`: zones made, shown, imported, restored and compared on a real PowerDNS."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commerce.cli.root import commerce
from commerce.dns.models import Zone, ZoneTemplate
from commerce.kit import clock
from tests import make
from tests.dns.asking import ask
from tests.dns.powerdns import name_server, running_powerdns  # noqa: F401 - fixtures
from tests.make.jobs import run_all_jobs
from tools.servers import PowerDns

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("name_server")]


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(commerce, ["dns", *words], input=stdin)


@pytest.fixture
def zone() -> Zone:
    client = make.make_client()
    ours = ("ns1.example.net", "ns2.example.net")
    make.make_domain(client, domain_name="cli.example", nameservers=ours)
    made = run("add", str(client.pk), "cli.example")
    assert (made.exit_code, made.stderr) == (0, "Created zone cli.example.\n")
    return Zone.objects.get()


def test_a_zone_is_listed_shown_and_exported(zone: Zone) -> None:
    assert "cli.example" in run("list").stdout
    [row] = json.loads(run("list", "--json").stdout)
    assert (row["name"], row["live"], row["dnssec"]) == ("cli.example", False, "unsigned")
    run_all_jobs(clock.now())
    shown = json.loads(run("show", "cli.example", "--json").stdout)
    assert (shown["live"], shown["records"][0]["value"]) == (True, "ns1.example.net.")
    assert "$ORIGIN cli.example." in run("export", "cli.example").stdout
    assert "Zone nothing.example not found." in run("show", "nothing.example").stderr


def test_a_file_is_previewed_refused_with_its_lines_and_imported(
    zone: Zone,
    name_server: PowerDns,  # noqa: F811 - the fixture
) -> None:
    wrong = run(
        "import", "cli.example", "-", stdin="@ NS ns1.example.net.\na A 192.0.2\nb CNAME c d"
    )
    assert wrong.exit_code == 1
    assert "Line 2: 192.0.2 isn't an IPv4 address." in wrong.stderr
    assert "errors on 2 lines" in wrong.stderr
    text = "@ NS ns1.example.net.\n@ NS ns2.example.net.\nwww A 192.0.2.5\n"
    dry = run("import", "cli.example", "-", "--dry-run", stdin=text)
    assert "- _dmarc 3600 TXT v=DMARC1; p=none\n+ www 3600 A 192.0.2.5" in dry.stdout
    assert zone.versions.count() == 1
    assert run("import", "cli.example", "-", stdin=text).stderr == "2 changes.\n"
    run_all_jobs(clock.now())
    assert ask(name_server, "www.cli.example", "A") == ["192.0.2.5"]
    restored = run("restore", "cli.example", "--version", "1")
    assert restored.stderr == "Version 3 is on its way to the DNS server.\n"
    assert run("reset", "cli.example").stderr.startswith("Nothing to change.")
    versions = json.loads(run("versions", "cli.example", "--json").stdout)
    assert [row["cause"] for row in versions] == ["restore", "import", "template"]


def test_the_server_is_tested_compared_and_told_again(zone: Zone) -> None:
    assert "PowerDNS 4." in run("test").stderr
    run_all_jobs(clock.now())
    assert run("compare").stderr == "0 of 1 zones differ.\n"
    assert run("publish", "--all").stderr == "1 zones queued.\n"
    run_all_jobs(clock.now())
    assert run("compare", "cli.example").exit_code == 0


def test_dnssec_is_turned_on_and_a_zone_ended(zone: Zone) -> None:
    assert run("sign", "cli.example").exit_code == 0
    run_all_jobs(clock.now(), failing=True)
    [ds] = json.loads(run("show", "cli.example", "--json").stdout)["ds_records"]
    assert len(ds["digest"]) == 64
    refused = run("end", "cli.example", "--reason", "Asked")
    assert "DNSSEC is still in effect." in refused.stderr
    assert run("unsign", "cli.example").exit_code == 0
    assert zone.versions.count() == 1


def test_a_product_has_a_template_of_its_own(tmp_path: Path) -> None:
    product = make.make_product()
    client = make.make_client()
    make.make_service(client, product=product, server=make.make_server(), domain="own.example")
    file = tmp_path / "zone"
    file.write_text('@ NS {nameserver}.\n@ TXT "ours"\n')
    assert run("template", product.slug, str(file)).exit_code == 0
    run("add", str(client.pk), "own.example")
    values = [record.value for record in Zone.objects.get().newest.record_list()]
    assert values == ["ns1.example.net.", "ns2.example.net.", "ours"]
    file.write_text("@ A {ipv4}")
    assert "needs at least one NS record" in run("template", product.slug, str(file)).stderr
    assert run("template", product.slug, "none").exit_code == 0
    assert not ZoneTemplate.objects.exists()
