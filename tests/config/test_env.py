"""Variables are read strictly: a wrong one stops the start and is named, without its value if that is a secret."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from commerce.config import env
from commerce.config.env import ConfigurationError

NAME = "COMMERCE_TRIED"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv(NAME, raising=False)
    return monkeypatch


def test_text_is_cut(given: pytest.MonkeyPatch) -> None:
    assert env.text(NAME, "default") == "default"
    given.setenv(NAME, "  value ")
    assert env.text(NAME, "default") == "value"


def test_a_secret_may_be_in_a_file(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert env.secret(NAME, "default") == "default"
    (tmp_path / "secret").write_text("from the file\n")
    given.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
    assert env.secret(NAME) == "from the file"
    given.setenv(NAME, "from the variable")
    with pytest.raises(ConfigurationError, match=f"either {NAME} or {NAME}_FILE"):
        env.secret(NAME)


def test_a_secret_s_file_that_cannot_be_used_is_named(
    given: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given.setenv(f"{NAME}_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match=f"{NAME}_FILE: .*none cannot be read"):
        env.secret(NAME)
    (tmp_path / "none").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="does not hold text"):
        env.secret(NAME)


@pytest.mark.parametrize(
    ("value", "found"),
    [("1", True), ("Yes", True), (" on ", True), ("0", False), ("false", False), ("", False)],
)
def test_flags(given: pytest.MonkeyPatch, value: str, *, found: bool) -> None:
    assert env.flag(NAME, default=True) is True
    given.setenv(NAME, value)
    assert env.flag(NAME, default=not found) is found


def test_integers_and_rates(given: pytest.MonkeyPatch) -> None:
    assert env.integer(NAME, 3) == 3
    assert env.rate(NAME, "60/60s") == (60, 60)
    given.setenv(NAME, "12")
    assert env.integer(NAME, 3, least=12) == 12
    given.setenv(NAME, "1000000/60s")
    assert env.rate(NAME, "60/60s") == (1_000_000, 60)


def test_lists_and_networks(given: pytest.MonkeyPatch) -> None:
    given.setenv(NAME, "10.0.0.1, 10.1.2.3/8\n2001:db8::/32")
    assert env.listing(NAME) == ["10.0.0.1", "10.1.2.3/8", "2001:db8::/32"]
    assert env.networks(NAME) == (
        ip_network("10.0.0.1/32"),
        ip_network("10.0.0.0/8"),
        ip_network("2001:db8::/32"),
    )


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (env.flag, "maybe"),
        (lambda name: env.integer(name, 1), "1.5"),
        (lambda name: env.integer(name, 1), "-1"),
        (lambda name: env.integer(name, 1), "١"),
        (lambda name: env.integer(name, 1, least=2), "1"),
        (lambda name: env.rate(name, "1/1s"), "60"),
        (lambda name: env.rate(name, "1/1s"), "0/60s"),
        (lambda name: env.rate(name, "1/1s"), "60/60"),
        (env.networks, "10.0.0.0/33"),
        (env.networks, "proxy.example.com"),
        (lambda name: env.url(name, ""), "https://[::1"),
        (lambda name: env.url(name, ""), "https://host:port"),
        (lambda name: env.database(name, Path()), "mysql://host/name"),
        (lambda name: env.database(name, Path()), "postgresql://user:hunter2@host:port/name"),
        (lambda name: env.database(name, Path()), "postgresql://user:hunter2@host/"),
        (lambda name: env.database(name, Path()), "sqlite://"),
        (env.mailer, "mail.example.com"),
        (env.mailer, "http://mail.example.com"),
        (env.mailer, "smtps://user:hunter2@mail.example.com:port"),
    ],
)
def test_what_cannot_be_used_is_named(given: pytest.MonkeyPatch, read: object, value: str) -> None:
    given.setenv(NAME, value)
    with pytest.raises(ConfigurationError, match=NAME) as caught:
        read(NAME)  # type: ignore[operator]
    assert "hunter2" not in str(caught.value)


def test_the_folder_is_made_for_its_owner_only(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given.chdir(tmp_path)
    assert env.folder(NAME, "var") == tmp_path / "var"
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    given.setenv(NAME, str(tmp_path / "file" / "var"))
    with pytest.raises(ConfigurationError, match=f"{NAME}: .* cannot be made"):
        env.folder(NAME, "var")


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://u%40x:p%3Ass@mail.example.com", 25, False, False),
        ("smtps://u%40x:p%3Ass@mail.example.com", 465, True, False),
        ("smtp+tls://u%40x:p%3Ass@mail.example.com", 587, False, True),
        ("smtp+tls://u%40x:p%3Ass@mail.example.com:2525", 2525, False, True),
    ],
)
def test_mail_goes_to_a_server(
    given: pytest.MonkeyPatch, url: str, port: int, *, ssl: bool, tls: bool
) -> None:
    assert env.mailer(NAME) == {"BACKEND": "commerce.mail.file_backend.FileEmailBackend"}
    given.setenv(NAME, url)
    assert env.mailer(NAME)["OPTIONS"] == {
        "host": "mail.example.com",
        "port": port,
        "username": "u@x",
        "password": "p:ss",
        "use_ssl": ssl,
        "use_tls": tls,
        "timeout": 20,
    }


class TestDatabase:
    def test_without_an_address_it_is_sqlite_in_the_data_folder(
        self, given: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        found = env.database(NAME, tmp_path)
        assert found["NAME"] == str(tmp_path / "commerce.sqlite3")
        assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        given.setenv(NAME, "sqlite:////srv/with%20blank.db")
        assert env.database(NAME, tmp_path)["NAME"] == "//srv/with blank.db"

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("postgresql://u:p%40ss@db:5433/shop", ("shop", "u", "p@ss", "db", "5433")),
            ("postgres://db/shop", ("shop", "", "", "db", "")),
            ("postgresql:///shop", ("shop", "", "", "", "")),
            ("postgresql://u@/shop?host=/run/pg&port=5433", ("shop", "u", "", "/run/pg", "5433")),
            ("postgresql://[::1]:5432/shop", ("shop", "", "", "::1", "5432")),
        ],
    )
    def test_postgresql(
        self, given: pytest.MonkeyPatch, url: str, expected: tuple[str, ...]
    ) -> None:
        given.setenv(NAME, url)
        found = env.database(NAME, Path())
        assert tuple(found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == expected
        assert found["CONN_MAX_AGE"] is None
        waits = {"connect_timeout": "5", "tcp_user_timeout": "15000"}
        assert found["OPTIONS"] == {"prepare_threshold": 0} | waits

    def test_other_parameters_go_to_postgresql(self, given: pytest.MonkeyPatch) -> None:
        given.setenv(NAME, "postgresql://db/shop?sslmode=verify-full&connect_timeout=9")
        assert env.database(NAME, Path())["OPTIONS"] == {
            "prepare_threshold": 0,
            "sslmode": "verify-full",
            "connect_timeout": "9",
            "tcp_user_timeout": "15000",
        }


def test_the_engine_for_jobs_is_one_that_is_known_and_installed(
    given: pytest.MonkeyPatch,
) -> None:
    assert env.task_engine(NAME) == ""
    given.setenv(NAME, "procrastinate")
    assert env.task_engine(NAME) == "procrastinate"
    given.setattr(env, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match=r"see requirements/procrastinate\.txt"):
        env.task_engine(NAME)
    for wrong in ("celery", "django_tasks_celery.CeleryBackend", "a b.c"):
        given.setenv(NAME, wrong)
        with pytest.raises(ConfigurationError, match=r"`procrastinate` \(Celery .* no longer"):
            env.task_engine(NAME)
