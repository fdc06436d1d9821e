"""The production stack as a plan: the real engine, no credentials, no network."""

import importlib.metadata
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import stacks
from tests.e2e import deployed_state
from tests.e2e.conftest import MakeStack
from tests.e2e.stack import REPOSITORY, Stack, texts_of
from tests.unit import conftest as mocked
from tests.unit.project import configure
from tests.unit.recorder import Deploy, Engine

deploy, engine = mocked.deploy, mocked.engine

SHIPPED = yaml.safe_load((REPOSITORY / "Pulumi.prod.yaml").read_text())["config"]
CONFIG = {key.partition(":")[2]: value for key, value in SHIPPED.items()}
# A loopback of its own, which engine and plugins talk over, and nothing else.
_OFFLINE = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
_NAME = "prod-plan-e2e"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a network of one's own needs root")


@pytest.fixture
def prod(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """The shipped stack with nothing to reach Google with. It is only ever planned."""
    for variable in [each for each in os.environ if each.startswith(("GOOGLE_", "CLOUDSDK_"))]:
        monkeypatch.delenv(variable)
    stack = make_stack(_NAME, prefix_command=_OFFLINE, **CONFIG)
    yield stack
    stack.forget()


@pytest.fixture
def deployed(prod: Stack, engine: Engine, deploy: Deploy, tmp_path: Path) -> Stack:
    """The stack as if its resources in Google Cloud had been created."""
    configure(**CONFIG)
    deploy(lambda: stacks.run(_NAME))
    version = importlib.metadata.version("pulumi-gcp")
    file = tmp_path / "state.json"
    file.write_text(json.dumps(deployed_state.of(engine, _NAME, version=version)))
    prod.pulumi("stack", "import", "--stack", _NAME, "--file", str(file))
    return prod


def _steps(stack: Stack, *arguments: str) -> dict[str, str]:
    """Return what a preview would do to resources in Google Cloud: name and operation."""
    return {
        each["urn"].rpartition("::")[2]: each["op"]
        for each in stack.plan("--show-sames", *arguments)["steps"]
        if "gcp:" in each["urn"] and "pulumi:providers" not in each["urn"]
    }


def _changed(stack: Stack) -> dict[str, str]:
    return {name: op for name, op in _steps(stack).items() if op != "same"}


def test_without_credentials_or_a_network_the_whole_stack_is_planned(prod: Stack) -> None:
    plan = prod.plan()
    kinds = Counter(each["urn"].split("::")[2].rpartition("$")[2] for each in plan["steps"])
    assert kinds["gcp:compute/instance:Instance"] == int(CONFIG["hostCount"])
    # The application's four, and the one that takes backups.
    assert kinds["docker:index/container:Container"] == 5 * int(CONFIG["hostCount"])
    assert plan["changeSummary"] == {"create": sum(kinds.values())}


def test_nothing_in_the_plan_is_none(prod: Stack) -> None:
    texts = list(texts_of(prod.plan()["steps"]))
    assert len(texts) > 500
    assert [each for each in texts if re.search(r"\bNone\b", each)] == []


def test_each_host_costs_the_same(prod: Stack) -> None:
    def planned(hosts: int) -> int:
        prod.configure(hostCount=hosts)
        return int(prod.plan()["changeSummary"]["create"])

    one, two, five = planned(1), planned(2), planned(5)
    assert five - one == 4 * (two - one)


def test_the_same_again_changes_nothing_in_google_cloud(deployed: Stack) -> None:
    steps = _steps(deployed)
    assert len(steps) > 15
    assert set(steps.values()) == {"same"}


@pytest.mark.parametrize(
    ("change", "updated"),
    [
        ({"engineAddressPool": "172.20.0.0/14"}, {"host-1", "host-2"}),
        ({"uiSourceRanges": ["10.0.0.0/8"]}, {"host-tcp-9292"}),
        (
            {"gcpLabels": {"app": "other"}},
            {"host-1", "host-2", "host-1-data", "host-2-data", "host-snapshots"},
        ),
        (
            {
                "gcpDataDiskGib": 100,
                "gcpMachineType": "e2-standard-4",
                "gcpSnapshotDays": 30,
                "gcpSshSourceRanges": ["203.0.113.0/24"],
            },
            {"host-1", "host-2", "host-1-data", "host-2-data", "host-snapshots", "host-ssh"},
        ),
    ],
)
def test_a_change_of_what_can_change_is_an_update(
    deployed: Stack, change: dict[str, object], updated: set[str]
) -> None:
    deployed.configure(**change)
    assert _changed(deployed) == dict.fromkeys(updated, "update")


def test_one_more_host_touches_no_other(deployed: Stack) -> None:
    deployed.configure(hostCount=3)
    changed = _changed(deployed)
    assert set(changed.values()) == {"create"}
    assert set(changed) == {"host-3", "host-3-data", "host-3-snapshots"}


@pytest.mark.parametrize(
    "change", [{"hostCount": 1}, {"gcpDataDiskGib": 10}, {"gcpProject": "x-12345"}]
)
def test_a_data_disk_does_not_go_without_being_meant_to(
    deployed: Stack, change: dict[str, object]
) -> None:
    deployed.configure(**change)
    run = deployed.preview(check=False)
    assert run.code != 0
    assert "host-2-data" in run.output
    # The message says how to mean it.
    assert "To unprotect the resource, " in " ".join(run.output.split())


def test_nothing_is_created_without_the_real_plugin(prod: Stack) -> None:
    run = prod.up(check=False)
    assert run.code != 0
    assert "install the real plugin" in run.output
