import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry

from adserver.metrics import FlushMetrics, PlannerMetrics, WebMetrics

ENDINGS = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}


def test_promtool_accepts_the_configuration_and_its_rules(root: Path, program: Callable[[str], str]) -> None:
    config = root / "deploy" / "prometheus" / "prometheus.yml"
    done = subprocess.run([program("promtool"), "check", "config", config], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "alerts.yml" in done.stdout


def test_alerts_name_only_metrics_that_exist(root: Path) -> None:
    registry = CollectorRegistry()
    WebMetrics(registry)
    FlushMetrics(registry)
    PlannerMetrics(registry)
    existing = {f"{metric.name}{ending}" for metric in registry.collect() for ending in ENDINGS[metric.type]}
    named = re.findall(r"\badserver_\w+", (root / "deploy" / "prometheus" / "alerts.yml").read_text())
    assert named != []
    assert set(named) - existing == set()
