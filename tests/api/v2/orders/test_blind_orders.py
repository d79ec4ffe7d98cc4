"""Operations of orders that are paid at once: how they stand until all of it came or was given up, and a program that
obeys them, and nothing else, which never has a thing twice (client-api-v2.md 5).
"""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import ApiOperation, Client
from commerce.accounts.models.operations import OPEN
from commerce.api.v2.resources.carriers import CARRIERS, ORDER
from commerce.billing.credit.actions import add_credit, use_credit
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.catalog.models import Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.availability import forget_answers
from commerce.domains.models import Domain
from commerce.domains.sync import sync_domain
from commerce.events.models import ClientEvent
from commerce.hosting.models import Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit import clock
from commerce.orders.actions.lifecycle import activate_paid_order
from commerce.orders.actions.undelivered import credit_blocked_reason, credit_undelivered_domain
from tests import make
from tests.api.v2.orders.ordering import SCOPES, items, money, order, orderer
from tests.doubles.gateway import FakeProvider
from tests.doubles.panel import FakePanel
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.api import call_api
from tests.make.cards import CTX, TODAY, at, keep, work
from tests.make.draws import draws
from tests.make.nameservers import give_nameservers
from tests.make.proof import proof_violations

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with clock.freeze_time(make.AT):
        yield


@pytest.fixture
def remote(alice: Client) -> Iterator[RemoteRegistry]:
    forget_answers()
    change_client(client=alice, phone="+49 30 1234", ctx=CTX)
    with remote_registrar() as made:
        give_nameservers()
        tld = set_tld(tld="com", registrar="remote", ctx=CTX)
        set_tld_price(
            tld=tld, currency_code="EUR", register=1000, renew=1200, transfer=900, ctx=CTX
        )
        yield made


@pytest.fixture
def panel(db: None) -> Iterator[FakePanel]:
    known = dict(registry._MODULES)
    made = FakePanel()
    made.install()
    yield made
    registry._MODULES.clear()
    registry._MODULES.update(known)


@pytest.fixture
def product(panel: FakePanel) -> Product:
    made = make.make_product()
    Product.objects.update(module=panel.id)
    return made


def register(*names: str) -> list[dict[str, Any]]:
    return [{"action": "register", "domain": one} for one in names]


def ordered(token: str, wanted: list[dict[str, Any]], payment: Any, key: str = "k") -> Any:
    """The operation of an order of products for 5.00 and names for 10.00."""
    total = sum(1000 if "domain" in one else 500 for one in wanted)
    body = {"items": wanted, "expected_total": money(total), "payment": payment}
    answer = order(token, body, key)
    assert answer.status == 202, answer.body
    return answer.json["data"]


def shown(token: str, operation: Any) -> Any:
    return call_api(f"/api/v2/operations/{operation['id']}", token).json["data"]


def units(operation: Any) -> list[str]:
    return [one["status"] for one in operation["units"]]


def test_an_order_of_which_one_name_is_taken_came_partly(
    alice: Client, remote: RemoteRegistry, product: Product
) -> None:
    token = orderer(alice)
    add_credit(client=alice, currency_code="EUR", amount=2500, ctx=CTX)
    wanted = [*items(product), *register("mine.com", "theirs.com")]
    placed = ordered(token, wanted, "credit")
    assert (placed["status"], units(placed)) == ("running", ["open"] * 3)
    remote.taken.add("theirs.com")
    work(TODAY)
    parked = shown(token, placed)
    assert (parked["status"], parked["finished_at"]) == ("waiting", None)
    assert units(parked) == ["delivered", "delivered", "open"]
    [lost] = Domain.objects.filter(status="pending")
    credit_undelivered_domain(domain=lost, ctx=at(TODAY, 5))
    ended = shown(token, placed)
    assert (ended["status"], ended["error"]) == ("partly", None)
    assert ended["finished_at"] == at(TODAY, 5).at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert units(ended) == ["delivered", "delivered", "not_delivered"]
    assert (ended["units"][2]["item"], ended["units"][2]["domain_id"]) == (3, lost.pk)
    assert [one["amount"] for one in ended["given_back"]] == [1000]
    assert proof_violations() == {}
    # What came has come.
    Domain.objects.filter(domain_name="mine.com").update(status="cancelled", next_due_date=None)
    assert shown(token, placed) == ended


def test_an_order_of_which_nothing_came_has_failed(alice: Client, remote: RemoteRegistry) -> None:
    token = orderer(alice)
    add_credit(client=alice, currency_code="EUR", amount=1000, ctx=CTX)
    placed = ordered(token, register("theirs.com"), "credit")
    remote.taken.add("theirs.com")
    work(TODAY)
    credit_undelivered_domain(domain=Domain.objects.get(), ctx=CTX)
    ended = shown(token, placed)
    assert (ended["status"], ended["error"]["code"]) == ("failed", "order.not_delivered")
    assert len(ended["given_back"]) == 1


def test_an_order_whose_name_its_registrar_lost_waits_for_staff(
    alice: Client, remote: RemoteRegistry
) -> None:
    """It had queued the name, and does not know it any more."""
    token = orderer(alice)
    add_credit(client=alice, currency_code="EUR", amount=1000, ctx=CTX)
    placed = ordered(token, register("mine.com"), "credit")
    remote.queues = True
    work(TODAY)
    domain = Domain.objects.get()
    assert (domain.sent_at is None, shown(token, placed)["status"]) == (False, "running")
    del remote.names["mine.com"]
    remote.queues = False
    for hours in (1, 12, 22, 50):
        sync_domain(domain.pk, at(TODAY, hours * 60))
        work(TODAY, hours * 60)
        assert shown(token, placed)["status"] == "waiting"
    [parked] = Job.objects.filter(action="domain.register", status=JobStatus.PARKED)
    retry_job(job=parked, ctx=at(TODAY, 51 * 60))
    assert shown(token, placed)["status"] == "running"
    work(TODAY, 51 * 60)
    assert shown(token, placed)["status"] == "succeeded"


def test_an_order_whose_charge_failed_can_be_paid_until_it_is_canceled(
    alice: Client, provider: FakeProvider
) -> None:
    token = orderer(alice)
    provider.declined["card-1"] = "No money."
    placed = ordered(token, items(make.make_product()), {"payment_method_id": keep(alice).pk})
    work(TODAY)
    stands = shown(token, placed)
    assert (stands["status"], stands["error"]) == ("requires_action", None)
    assert stands["next_action"]["url"].endswith(f"/client/invoices/{Invoice.objects.get().pk}/pay")
    target = f"/api/v2/orders/{placed['resource']['id']}/cancel"
    canceled = call_api(target, token, method="POST", headers={"Idempotency-Key": "c"})
    assert canceled.status == 200, canceled.body
    ended = shown(token, placed)
    assert (ended["status"], ended["error"]["code"]) == ("failed", "order.not_delivered")
    assert (units(ended), ended["given_back"]) == (["not_delivered"], [])


def test_what_is_set_up_at_once_is_done_at_once(alice: Client) -> None:
    """And says nothing of the order that has the number of what else is carried on."""
    product = make.make_product()
    Product.objects.update(type="other", activation="immediate")
    token = orderer(alice, scopes=(*SCOPES, "domains:read", "domains:write"))
    add_credit(client=alice, currency_code="EUR", amount=500, ctx=CTX)
    placed = ordered(token, items(product), "credit")
    assert (placed["status"], units(placed)) == ("succeeded", ["delivered"])
    [operation] = ApiOperation.objects.all()
    ApiOperation.objects.create(
        client=alice,
        token=operation.token,
        key="other",
        act="domain.lock",
        record_kind="domain",
        record_id=operation.record_id,
        carrier_kind="job",
        carrier_id=operation.carrier_id,
        created_at=make.AT,
        outcome=OPEN,
    )
    other = shown(token, {"id": "other"})
    assert (other["units"], other["given_back"]) == ([], [])
    ApiOperation.objects.filter(key="other").delete()


@pytest.mark.parametrize(
    ("columns", "stands"),
    [
        # outcome, its instant, order, invoice and its status, charge, its job, name without a code, whether at work
        ((OPEN, None, "pending", 7, "unpaid", "created", "queued", None, False), "pending"),
        ((OPEN, None, "pending", 7, "unpaid", "open", "parked", None, False), "waiting"),
        ((OPEN, None, "pending", 7, "overdue", "failed", None, None, False), "requires_action"),
        ((OPEN, None, "pending", 7, "paid", "succeeded", None, None, False), "waiting"),
        ((OPEN, None, "fraud", 7, "paid", None, None, None, False), "waiting"),
        ((OPEN, None, "active", 7, "paid", None, None, None, True), "running"),
        ((OPEN, None, "active", 7, "paid", None, None, 8, True), "requires_action"),
        ((OPEN, None, "active", 7, "paid", None, None, None, False), "waiting"),
        (("partly", make.AT, "active", 7, "paid", None, None, None, False), "partly"),
    ],
)
def test_nothing_but_the_end_of_all_of_it_ends_an_order(columns: Any, stands: str) -> None:
    state = CARRIERS[ORDER].state(*columns)
    assert state.status == stands
    assert bool(state.next_url) == (stands == "requires_action")


class World:
    """What happens to an order, in the order of chance."""

    def __init__(
        self, client: Client, parts: tuple[FakeProvider, FakePanel, RemoteRegistry], seed: int
    ) -> None:
        self.client, (self.provider, self.panel, self.remote) = client, parts
        self.draw, self.minutes = random.Random(seed), 0  # noqa: S311 - the same each time
        self.happens = [
            *(self.works, self.works, self.works, self.parks, self.goes_on, self.loses),
            *(self.is_down, self.somebody_is_faster, self.staff_give_up, self.holder_pays),
        ]

    def next(self) -> None:
        self.minutes += 25
        self.draw.choice(self.happens)()

    def works(self) -> None:
        work(TODAY, self.minutes)
        self.panel.says(ModuleOutcome.OK)
        self.remote.loses_answers = self.remote.is_down = False

    def parks(self) -> None:
        self._orders_jobs().filter(status=JobStatus.QUEUED).update(status=JobStatus.PARKED)

    def goes_on(self) -> None:
        """Staff have parked jobs tried again."""
        for job in self._orders_jobs().filter(status=JobStatus.PARKED):
            retry_job(job=job, ctx=at(TODAY, self.minutes))

    def loses(self) -> None:
        self.provider.lost.append("charge_saved")
        self.remote.loses_answers = True

    def is_down(self) -> None:
        self.panel.says(ModuleOutcome.RETRY, "no answer")
        self.provider.silent.append("charge_saved")
        self.remote.is_down = True

    def somebody_is_faster(self) -> None:
        names = Domain.objects.filter(status="pending").values_list("domain_name", flat=True)
        self.remote.taken |= set(names) - set(self.remote.names)

    def staff_give_up(self) -> None:
        """They credit names that their registrar does not have for us."""
        for domain in Domain.objects.filter(status="pending"):
            ctx = at(TODAY, self.minutes)
            is_ours = domain.domain_name in self.remote.names
            if not is_ours and not credit_blocked_reason(domain, ctx):
                credit_undelivered_domain(domain=domain, ctx=ctx)

    def holder_pays(self) -> None:
        """Where an operation asks for them, and no charge is under way."""
        self.provider.declined.clear()
        self.provider.wants_owner.clear()
        charged = Job.objects.filter(action__startswith="attempt.").exclude(
            status__in=[JobStatus.SUCCEEDED, JobStatus.DROPPED]
        )
        if charged.exists():
            return
        for one in Invoice.objects.filter(status__in=OPEN_INVOICE_STATUSES):
            ctx = at(TODAY, self.minutes)
            add_credit(client=self.client, currency_code="EUR", amount=one.amount_due, ctx=ctx)
            use_credit(invoice=one, amount=one.amount_due, ctx=ctx)
            activate_paid_order(invoice_id=one.pk, ctx=ctx)

    def calms_down(self) -> None:
        self.provider.lost.clear()
        self.provider.silent.clear()
        for _ in range(3):
            self.minutes += 180
            self.goes_on()
            self.works()
            self.holder_pays()
        self.staff_give_up()
        self.works()

    @staticmethod
    def _orders_jobs() -> Any:
        return Job.objects.filter(subject_kind__in=["attempt", "service", "domain"])


class Program:
    """It wants one service and two names, knows operations alone, and orders anew only what these say did not come."""

    def __init__(self, token: str, card: int, product: Product) -> None:
        self.token, self.payment, self.product = token, {"payment_method_id": card}, product
        self.orders = 0
        self.asks([*items(product), *self.names(2)])

    def names(self, count: int) -> list[dict[str, Any]]:
        """Others each time: those of before are somebody else's by now."""
        return register(*(f"n{self.orders}-{one}.com" for one in range(count)))

    def asks(self, wanted: list[dict[str, Any]]) -> None:
        self.wanted, self.orders = wanted, self.orders + 1
        self.placed = ordered(self.token, wanted, self.payment, f"order {self.orders}")

    def looks(self) -> str:
        stands = shown(self.token, self.placed)
        if stands["status"] in ("failed", "partly"):
            lost = [one for one in stands["units"] if one["status"] == "not_delivered"]
            names = self.names(sum(one["domain_id"] is not None for one in lost))
            services = [one for one in lost if one["service_id"] is not None]
            self.asks([*items(*[self.product for _ in services]), *names])
        return str(stands["status"])


@pytest.mark.parametrize("seed", range(draws(5)))
def test_a_program_that_obeys_the_states_has_each_thing_once(
    seed: int,
    alice: Client,
    provider: FakeProvider,
    panel: FakePanel,
    remote: RemoteRegistry,
    product: Product,
) -> None:
    world = World(alice, (provider, panel, remote), seed)
    if world.draw.random() < 0.3:
        provider.declined["card-1"] = "No money."
    if world.draw.random() < 0.3:
        provider.wants_owner.add("card-1")
    program = Program(orderer(alice), keep(alice).pk, product)
    for _ in range(20):
        world.next()
        program.looks()
    for _ in range(4):
        world.calms_down()
        if program.looks() == "succeeded":
            break
    assert program.looks() == "succeeded"
    assert len(remote.bought("register")) == len(set(remote.bought("register"))) == 2
    assert Domain.objects.filter(status="active").count() == 2
    assert Service.objects.filter(status="active").count() == len(panel.remote) == 1
    ends = ClientEvent.objects.filter(type="operation.finished")
    assert ends.filter(status="succeeded").count() == 1
    assert ends.count() == program.orders
    assert proof_violations() == {}
