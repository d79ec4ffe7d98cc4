"""The benchmark's arithmetic: what wrk says, ratios within rounds, verdicts, and the data's shape. Nothing is timed."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bench import daily_run, data, line_shares, pages, plan, report, wrk
from bench.goals import MemoryFigures, PerformanceGoal, goals
from bench.measure import BenchmarkFigures, BenchmarkSample
from commerce.billing.invoices.actions import drafts
from commerce.kit import tokens

SAID = """Running 2s test @ http://127.0.0.1:40000
  2 threads and 8 connections
Requests/sec:   2000.00

{"requests": 4000, "seconds": 2.000000, "bytes": 20000000, "p50_ms": 3.800, "p99_ms": 7.400, \
"errors": {"connect": 0, "read": 0, "write": 0, "timeout": 0, "reply": 0}}
"""


def sample(rps: float = 1000.0, server: float = 0.2, postgres: float = 0.2) -> BenchmarkSample:
    return BenchmarkSample(rps=rps, p50=1.0, p99=4.0, server=server, postgres=postgres, valkey=0.05)


def test_what_wrk_says_is_read_from_its_last_line() -> None:
    outcome = wrk.parse_wrk_output(SAID)
    assert (outcome.requests, outcome.seconds, outcome.p99_ms) == (4000, 2.0, 7.4)
    assert outcome.bytes / outcome.requests == 5000


def test_wrk_without_figures_spoils_the_run() -> None:
    with pytest.raises(wrk.SpoiledRunError, match="unable to connect"):
        wrk.parse_wrk_output("unable to connect to 127.0.0.1:40000 Connection refused")


def test_every_token_sends_each_query_once_in_two_turns() -> None:
    calls = wrk.calls_in_turn(["a", "b", "c"])
    assert [call.token for call in calls] == ["a", "b", "c", "a", "b", "c"]
    assert len({(call.token, call.path) for call in calls}) == 6


def test_ratios_are_taken_within_each_round() -> None:
    slow_machine, fast_machine = sample(server=0.4, postgres=0.4), sample(server=0.1, postgres=0.1)
    ours = [sample(server=0.8, postgres=0.4), sample(server=0.2, postgres=0.1)]
    figures = BenchmarkFigures({"limit": [slow_machine, fast_machine], "ours": ours})
    assert figures.ratio("ours", "limit", "sum") == pytest.approx((1.5, 1.5, 1.5))
    assert figures.difference("ours", "limit", "sum") == pytest.approx((0.25, 0.1, 0.4))
    assert figures.middle("ours", "total") == pytest.approx((1.25 + 0.35) / 2)


def test_goals_say_by_how_much_they_are_met_or_missed() -> None:
    assert PerformanceGoal("at most", 1.2, 1.5, "×").verdict == "met by 20 %"
    assert PerformanceGoal("at most", 1.8, 1.5, "×").verdict == "NOT met by 20 %"
    assert PerformanceGoal("at least", 0.35, 0.7, "×", at_least=True).verdict == "NOT met by 50 %"


def test_only_what_was_measured_is_judged() -> None:
    figures = BenchmarkFigures({"ours": [sample()], "limit": [sample(server=0.1)]})
    names = [goal.name for goal in goals(figures, MemoryFigures(100_000, 80.0, 79.5))]
    assert names == [
        "list, CPU per request, to the limit",
        "p99 at 8 connections, to the limit",
        "memory of a worker after 100,000 requests",
        "its growth over the last half",
    ]


def test_every_case_of_a_section_exists_and_has_a_title() -> None:
    cases = plan.all_cases(data.QUICK, [])
    measured = {key for keys in plan.SECTIONS.values() for key in keys}
    assert measured <= cases.keys()
    assert measured - {"memory"} == report.TITLES.keys()


def test_a_table_is_aligned() -> None:
    lines = report.markdown([("What", "ms"), ("list", "0.5"), ("detail", "12.25")]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1] == "| ------ | ----: |"


def test_the_data_is_what_the_design_measured() -> None:
    held = Counter(data.owners(data.FULL))
    assert (len(held), held.total()) == (20_002, 450_500)
    assert (held[data.MEDIUM], held[data.LARGE], held[data.FIRST_CALLER]) == (500, 50_000, 60)


def test_tokens_are_well_formed_and_always_the_same() -> None:
    assert data.token_of(7) == data.token_of(7) != data.token_of(8)
    assert tokens.is_token_well_formed(data.token_of(7))


def test_most_clients_with_a_service_due_have_just_one() -> None:
    today, due = date(2026, 11, 24), Counter[str]()
    rows = [
        dict(zip(daily_run.SERVICE_COLUMNS, row, strict=True))
        for row in daily_run.services(10_000, today)
    ]
    for row in rows:
        if str(row["next_due_date"]) <= "2026-11-29":
            due[str(row["client_id"])] += 1
    assert due.total() == 1_000
    assert 700 <= len(due) <= 850
    assert Counter(due.values())[1] > len(due) / 2


def test_services_of_the_daily_run_are_billed_in_the_currency_of_their_client() -> None:
    clients = {row[0]: row[12] for row in map(data._client, range(1, 201))}
    for row in daily_run.services(1_000, date(2026, 11, 24)):
        found = dict(zip(daily_run.SERVICE_COLUMNS, row, strict=True))
        assert found["currency_code"] == clients[found["client_id"]]


def test_the_table_of_the_daily_run_says_what_an_invoice_costs() -> None:
    row = dict.fromkeys(("bill_mib", "idle_seconds", "prove_seconds"), 2.0)
    row |= {"services": 100_000, "due": 10_000, "bill_invoices": 8_000, "bill_seconds": 50.0}
    line = daily_run.table([row | {"bill_cpu": 32.0, "bill_postgres": 20.0}]).splitlines()[-1]
    said = [cell.strip() for cell in line.strip("|").split("|")]
    assert said[:6] == ["100,000", "10,000", "8,000", "50.0 s", "4.0 ms", "2.5 ms"]


def test_shares_of_lines_are_left_out_of_one_run_and_counted_for_each_invoice() -> None:
    assert "drafts._shares" in line_shares.WITHOUT_SHARES
    assert callable(drafts._shares)
    run = {"invoices": 1_000, "seconds": 3.0, "cpu": 2.5, "postgres": 1.5, "bytes": 250_000}
    without = run | {"cpu": 2.25, "bytes": 8_192}
    said = line_shares.table([{"with": run, "without": without}]).splitlines()
    assert "2.50 ms" in said[-2]
    assert "250 bytes" in said[-2]
    assert "2.25 ms" in said[-1]


def test_each_table_has_its_place_in_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text((daily_run.PAGE).read_text())
    report.record_in_page(page, "| NEW |", mark="daily")
    before, after = daily_run.PAGE.read_text(), page.read_text()
    assert "<!-- daily results -->\n\n| NEW |\n\n<!-- end of daily results -->" in after
    assert before.partition("## The daily run")[0] == after.partition("## The daily run")[0]
    with pytest.raises(ValueError, match="no place"):
        report.record_in_page(page, "", mark="hourly")


def test_a_page_is_judged_by_the_middle_round_beside_its_peer() -> None:
    page = pages.PageFigures(
        "cart", 9, 2048, python=[9.0, 20.0, 8.0], postgres=[1.0] * 3, peer=[5.0, 5.0, 3.0]
    )
    assert (page.total, page.ratio) == (10.0, 3.0)
    last = pages.table([page]).splitlines()[-1]
    assert "NOT met" in last
    assert "2.0 KiB" in last
    quick = page._replace(peer=[10.0] * 3)
    assert "NOT" not in pages.table([quick])
    slow = quick._replace(python=[90.0] * 3, peer=[90.0] * 3)
    assert "NOT met" in pages.table([slow])
