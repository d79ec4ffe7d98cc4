"""`commerce systemd`: the units of `deploy/`, which start this release by a path that lasts."""

from pathlib import Path

from commerce.cli.releases.release_folders import lasting_program, own_release
from commerce.cli.releases.systemd import differing_units, unit_texts
from tests.cli.conftest import Run
from tests.house.source import ROOT

DEPLOY = ROOT / "deploy"
ETC = Path("etc/systemd/system")


def test_units_command_and_environment_are_put_in_their_places(run: Run, tmp_path: Path) -> None:
    done = run("systemd", "--root", tmp_path, "--host", "billing.test")
    assert done.exit_code == 0, done.output
    units = {path.name for path in (tmp_path / ETC).iterdir()}
    assert units == {one.name for one in DEPLOY.iterdir() if one.suffix in (".service", ".timer")}
    program = str(lasting_program())
    assert (
        f"ExecStart={program} worker\n" in (tmp_path / ETC / "commerce-worker.service").read_text()
    )
    command = tmp_path / "usr/local/sbin/commerce"
    assert f"exec {program} " in command.read_text()
    assert command.stat().st_mode & 0o777 == 0o755
    environment = tmp_path / "etc/commerce.env"
    assert "COMMERCE_URL=https://billing.test\n" in environment.read_text()
    assert environment.stat().st_mode & 0o777 == 0o600


def test_an_environment_that_is_there_stays_and_units_are_replaced(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/commerce.env").write_text("COMMERCE_URL=https://mine.test\n")
    assert run("systemd", "--root", tmp_path, "--host", "other.test").exit_code == 0
    assert "mine.test" in (tmp_path / "etc/commerce.env").read_text()
    unit = tmp_path / ETC / "commerce.service"
    unit.write_text("[Service]\n")
    assert differing_units(lasting_program(), tmp_path) == ["commerce.service"]
    assert run("systemd", "--root", tmp_path).exit_code == 0
    assert differing_units(lasting_program(), tmp_path) == []


def test_without_an_environment_it_says_how_to_get_one(run: Run, tmp_path: Path) -> None:
    done = run("systemd", "--root", tmp_path)
    assert done.exit_code == 1
    assert "commerce.env is missing. Run again with --host." in done.stderr


def test_other_files_of_the_release_are_printed_for_a_host(run: Run) -> None:
    printed = run("systemd", "--print", "Caddyfile", "--host", "billing.test").stdout
    assert printed == (DEPLOY / "Caddyfile").read_text().replace(
        "billing.example.com", "billing.test"
    )
    assert "Available: Caddyfile," in run("systemd", "--print", "../pyproject.toml").stderr
    done = run("systemd", "--print", "Caddyfile", "--host", "x{}\nimport /etc/passwd")
    assert done.exit_code == 1
    assert "isn't a host name" in done.stderr


def test_units_of_releases_side_by_side_go_through_the_link(tmp_path: Path) -> None:
    prefix = tmp_path / "releases" / "1.2.0" / ".venv"
    assert lasting_program(prefix) == tmp_path / "current" / ".venv" / "bin" / "commerce"
    assert lasting_program(tmp_path / "venv") == tmp_path / "venv" / "bin" / "commerce"
    assert own_release(tmp_path / "venv") is None
    text = unit_texts(lasting_program(prefix))["commerce.service"]
    assert f"ExecStart={tmp_path}/current/.venv/bin/commerce serve" in text
