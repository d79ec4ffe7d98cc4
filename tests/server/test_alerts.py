"""`deploy/prometheus-rules.yml` and the board: what they ask is told, and an alert fires when it should."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from commerce.jobs.schedule import SCHEDULE_METRICS
from commerce.runs.backups import BACKUP_METRICS
from commerce.runs.history import RUN_METRICS
from commerce.server import metrics
from commerce.server.business_metrics import BUSINESS_METRICS
from tests.house.source import ROOT

RULES = ROOT / "deploy" / "prometheus-rules.yml"
BOARD = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text("utf-8"))
ASKED = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")

with_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")


def known_metrics() -> set[str]:
    source = Path(metrics.__file__).read_text("utf-8")
    gauges = re.findall(r'_gauge\(\s*"(\w+)"', source)
    named = {*RUN_METRICS, *BACKUP_METRICS, *SCHEDULE_METRICS, *BUSINESS_METRICS, *gauges}
    families = {f"commerce_{name}" for name in named} | set(re.findall(r'"(commerce_\w+)"', source))
    return families | {f"{name}{end}" for name in families for end in ("_total", "_bucket")}


def test_what_is_asked_is_told_and_each_alert_is_described() -> None:
    text = RULES.read_text("utf-8")
    asked = " ".join([*re.findall("expr: (.*)", text), *ASKED])
    assert set(re.findall(r"\bcommerce_\w+", asked)) - known_metrics() == set()
    assert re.findall(r"^\| `(Commerce\w+)` \|", PAGE, re.MULTILINE) == re.findall(
        r"alert: (\w+)", text
    )


@with_promtool
def test_prometheus_loads_them_and_alerts_fire_when_they_should(tmp_path: Path) -> None:
    shutil.copy(RULES, tmp_path / "rules.yml")
    shutil.copy(Path(__file__).with_name("alerts_that_fire.yml"), tmp_path / "fired.yml")
    rules = [{"record": f"board:{number}", "expr": expr} for number, expr in enumerate(ASKED)]
    board = {"groups": [{"name": "board", "rules": rules}]}
    (tmp_path / "board.yml").write_text(json.dumps(board))
    for words in ("check rules rules.yml board.yml", "test rules fired.yml"):
        command = ["promtool", *words.split()]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
