"""`Containerfile` and `compose.yaml`: what they say of users, commands, variables and ports is so."""

import re
import shlex
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
import yaml

from commerce import __version__
from commerce.jobs.worker import STOP_SECONDS
from tests.house.source import PACKAGE, ROOT, modules
from tests.house.test_repository import is_known

CONTAINERFILE = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["migrate", "web", "worker"]


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.*)$", CONTAINERFILE, re.MULTILINE)


def words(name: str) -> list[str]:
    """The words of an instruction in the form of a list."""
    [found] = instructions(name)
    return [str(word) for word in yaml.safe_load(found)]


def test_both_stages_stand_on_one_base_and_the_last_one_is_nobody_s() -> None:
    assert [line.split()[0] for line in instructions("FROM")] == ["${BASE}"] * 2
    user, group = instructions("USER")[-1].split(":")
    assert int(user) > 10_000
    assert int(group) > 10_000


def test_what_it_starts_is_a_command_and_its_data_outlive_it() -> None:
    assert words("ENTRYPOINT") == ["commerce"]
    assert is_known(words("CMD"))
    [folder] = re.findall(r"COMMERCE_DATA_DIR=(\S+)", CONTAINERFILE)
    assert folder in words("VOLUME")
    assert f"VERSION={__version__}" in instructions("ARG")
    assert "/up" in instructions("HEALTHCHECK")[0]


def test_what_it_copies_is_let_in() -> None:
    ignored = (ROOT / ".containerignore").read_text("utf-8").split()
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    copied = [line.split()[:-1] for line in instructions("COPY") if not line.startswith("--from")]
    sources = [source for line in copied for source in line if source != "."]
    assert {source.split("/")[0] for source in sources} <= set(let_in)
    assert [path for path in let_in if not (ROOT / path).exists()] == []
    assert not any(fnmatch(path, "secrets*") for path in let_in)


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert is_known(service.get("command", words("CMD")))
    assert service["image"].endswith(f":{__version__}}}")
    grace = service.get("stop_grace_period", "40s")
    assert int(grace.removesuffix("s")) > STOP_SECONDS


def test_migrations_come_before_those_that_refuse_to_start_without() -> None:
    wanted = {"migrate": {"condition": "service_completed_successfully"}}
    assert [SERVICES[name]["depends_on"] for name in ("web", "worker")] == [wanted] * 2


def test_variables_are_ours_and_secrets_are_files() -> None:
    code = "\n".join(path.read_text("utf-8") for path in modules(PACKAGE / "config"))
    named = SERVICES["web"]["environment"]
    assert [name for name in named if f'"{name.removesuffix("_FILE")}"' not in code] == []
    files = {value.rpartition("/")[2] for name, value in named.items() if name.endswith("_FILE")}
    assert files == set(SERVICES["web"]["secrets"]) <= set(COMPOSE["secrets"])


def test_only_the_proxy_is_trusted_and_reached_from_outside() -> None:
    address = SERVICES["caddy"]["networks"]["outside"]["ipv4_address"]
    assert SERVICES["web"]["environment"]["COMMERCE_TRUSTED_PROXIES"] == address
    [network] = COMPOSE["networks"]["outside"]["ipam"]["config"]
    assert ip_address(address) in ip_network(network["subnet"])
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]


def test_its_caddyfile_is_the_one_of_a_machine_but_for_the_names() -> None:
    one = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    wanted = one.replace("billing.example.com", "{$PUBLIC_HOST}").replace("127.0.0.1", "web")
    assert (ROOT / "deploy" / "compose.Caddyfile").read_text("utf-8") == wanted
    assert "--port" not in shlex.join(words("CMD"))
