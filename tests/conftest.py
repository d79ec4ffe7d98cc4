"""What every test stands on: settings of its own, a clock that is the machine's, and clean counters."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import django
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

# Before Django: a developer's own settings and data must not reach a test. Only where the databases are is taken over.
TAKEN_OVER = {"COMMERCE_DATABASE_URL", "COMMERCE_COUNTERS"}
DATA = Path(tempfile.mkdtemp(prefix="commerce-tests-"))
for name in [name for name in os.environ if name.startswith("COMMERCE_")]:
    if name not in TAKEN_OVER:
        del os.environ[name]
if shared := os.environ.get("COMMERCE_COUNTERS"):
    # Workers of pytest-xdist run at the same time: each has a numbered database of its own in the shared Valkey.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")
    os.environ["COMMERCE_COUNTERS"] = urlsplit(shared)._replace(path=f"/{int(worker) + 1}").geturl()
os.environ["COMMERCE_DATA_DIR"] = str(DATA)
# No registry is asked about a name over the network, unless a test has one of its own.
(DATA / "rdap-servers.json").write_text('{"version": "1.0", "services": [[[], []]]}')
# Busy cores make any statement slow; tests of the limits set them.
os.environ["COMMERCE_API_STATEMENT_SECONDS"] = os.environ["COMMERCE_PAGE_STATEMENT_SECONDS"] = "0"
# Each module that is compiled anew, for each program of the tests, is half of the time of the run.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
if "DJANGO_SETTINGS_MODULE" in os.environ:
    pytest.exit("Unset DJANGO_SETTINGS_MODULE: the settings would be read before the lines above.")
os.environ["DJANGO_SETTINGS_MODULE"] = "commerce.config.settings"
django.setup()
del os.environ["DJANGO_SETTINGS_MODULE"]  # or workers of pytest-xdist would have it too early

from django.conf import settings  # noqa: E402 - only after the environment above
from django.core.management.commands import migrate  # noqa: E402
from django.db import connection  # noqa: E402
from django.template import Template  # noqa: E402
from django.template.context import BaseContext  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402
from django.test.signals import template_rendered  # noqa: E402

from commerce.api.core import token_usage  # noqa: E402
from commerce.api.read import known_callers  # noqa: E402
from commerce.audit.models import AuditEntry  # noqa: E402
from commerce.db.migration_states import LazyExecutor  # noqa: E402
from commerce.domains.rdap import servers  # noqa: E402
from commerce.kit import counter_store  # noqa: E402
from commerce.kit.counter_store import forget_counter_stores  # noqa: E402
from commerce.kit.valkey_client import ValkeyClient  # noqa: E402
from tests import databases, plan  # noqa: E402
from tests.doubles import contracts, gateway, vies  # noqa: E402
from tests.house.revisions import watch_statements  # noqa: E402
from tests.make.proof import assert_proven  # noqa: E402
from tests.make.until_the_end import UNTIL_THE_END  # noqa: E402

# Argon2id takes a good part of a second by design; a test of it names it itself.
settings.PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    *settings.PASSWORD_HASHERS,
]

if (
    connection.vendor == "sqlite"
):  # each process has its own; of another backend's names the plugin makes files
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = ":memory:"

# Two busy cores make single examples slow, and rules refuse many random ones. Each run tries the same examples: a draw
# that has no luck would say nothing of the change that it stops. Who asks for more of them gets others each time.
hypothesis.register_profile(
    "house",
    deadline=None,
    derandomize="DRAWS" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
hypothesis.load_profile("house")


# What collecting makes is there until the end, and so is what the tests of our source read: to look through it again
# and again was a twentieth of the run.
gc.disable()
gc.set_threshold(50_000, 20, 50)


def _with_room[T](call: Callable[[], T]) -> T:
    """What a call gives, made where the interpreter's stack has room for all that is below it.

    CPython has its frames in pieces of 16 KiB, maps the next one when a call needs it and returns it when that ends: a
    loop that stands at the end of a piece did that for each round, 1,600 times in a test, half of the kernel's time.
    This frame takes a piece of a MiB, of which it leaves the half.
    """
    return call()


_with_room.__code__ = _with_room.__code__.replace(co_stacksize=66_000)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int:
    this = [one for one in config.pluginmanager.get_plugins() if one is sys.modules[__name__]]
    run = config.pluginmanager.subset_hook_caller("pytest_cmdline_main", this)
    return _with_room(lambda: run(config=config))


def pytest_sessionstart() -> None:
    # A folder's own conftest, read before workers of pytest-xdist begin, may import what sets it again.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is not going to run need not be imported."""
    return True if plan.is_left_out(collection_path, config) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    plan.longest_first(items, config)
    plan.leave_for_the_night(items, config)
    plan.twice_by_the_clock(items)
    if plan.is_postgresql_alone(config):
        left_out = plan.leave_out(items)
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA, ignore_errors=True)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The installation's folder for this run of tests."""
    return DATA


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The database of this run is a copy of one that was made once."""
    creation = connection.creation
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(creation, "create_test_db", databases.copied(creation.create_test_db))
        destroy = databases.ending_sessions(creation._destroy_test_db)
        patch.setattr(creation, "_destroy_test_db", destroy)
        patch.setattr(migrate, "MigrationExecutor", LazyExecutor)
        yield
        with django_db_blocker.unblock():
            databases.forget_template()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of an installation that is up to date and empty."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copy(databases.migrated(), folder / "commerce.sqlite3")
    return folder


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """A prepared folder of this test's own."""
    return Path(shutil.copytree(prepared, tmp_path / "data"))


@pytest.fixture(scope="session")
def _valkey() -> ValkeyClient | None:
    """A connection to the Valkey of this run, if it has one."""
    url = settings.COMMERCE_COUNTERS
    if url == "memory":
        return None
    # The 50 ms of a call are tested by themselves; on busy cores they would let other tests through unlimited.
    counter_store._stores[url] = counter_store.ValkeyCounterStore(url, seconds=10)
    return ValkeyClient(url, seconds=10)


def _render(template: Template, context: BaseContext) -> str:
    """A page's answer notes what its template knew; Django's tests note it of each part of the page as well, copied."""
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)


# Whatever is used by itself costs each of 19,000 tests of a check: these are one for the run and one for a test.
@pytest.fixture(autouse=True, scope="session")
def _the_run(
    tmp_path_factory: pytest.TempPathFactory, django_test_environment: None
) -> Iterator[None]:
    """No RDAP server is known, so that each name could not be looked up; tests of look-ups know one.

    No thread writes the uses of tokens: it would outlive the tests that wake it, also those of a module's data. After a
    test with transactions of its own all tables are emptied, those of issued invoices and audit entries too.
    """
    nobody = tmp_path_factory.mktemp("rdap") / "servers.json"
    nobody.write_text('{"services": [[["nowhere"], ["https://rdap.invalid/"]]]}')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(servers, "BUNDLED_LIST", nobody)
        patch.setattr(servers, "WITH_UNLISTED_SERVERS", False)
        patch.setattr(token_usage, "_wake_writer", lambda: None)
        patch.setattr(Template, "_render", _render)
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: databases.empty_tables())
        yield
    UNTIL_THE_END.close()  # not in `pytest_unconfigure`, for which pytest-xdist has two seconds


@pytest.fixture(autouse=True)
def _one_test(request: pytest.FixtureRequest, _valkey: ValkeyClient | None) -> Iterator[None]:
    """No test meets the limits that another one used up, nor writes the uses of tokens that it left.

    Each write of an action to something that the API shows raises the client's revision (client-api.md 6). Each request
    to a double that has the other side's contract is one of that.
    """
    contracts.MISFITS.clear()
    for kept in (token_usage._noted, token_usage._uses, token_usage._due):
        kept.clear()
    known_callers.forget_callers()
    watch = None
    if plan.asks_a_database(request.node):
        with watch_statements() as watch:
            yield
    else:
        yield
    if _valkey is None:
        forget_counter_stores()
    else:
        _valkey.ask("FLUSHDB")
    assert watch is None or watch.forgotten() == []
    assert contracts.MISFITS == []


@pytest.fixture
def proven(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test leaves behind is proven: all checks hold at the instant of its last act."""
    marked = request.node.get_closest_marker("django_db")
    asked = {"db", "transactional_db"} & set(request.fixturenames)
    for name in asked:
        request.getfixturevalue(name)  # before this one, so that it is still there after the test
    yield
    if marked or asked:
        last = AuditEntry.objects.order_by("-at").first()
        if last is not None:
            assert_proven(last.at)


@pytest.fixture
def provider(db: None) -> Iterator[gateway.FakeProvider]:
    """A gateway that sends clients elsewhere is on; what its provider knows."""
    with gateway.fake_gateway_on() as made:
        yield made


@pytest.fixture
def stand(settings: Settings) -> Iterator[vies.FakeVies]:
    """VIES on this machine."""
    with vies.serve_vies() as stand:
        settings.COMMERCE_VIES_URL = stand.url
        yield stand
