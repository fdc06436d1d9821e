"""Who uses one component imports no other's packages, and waits for none."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import components
from components import DockerHost, GitlabProject, MissingExtraError, RunnerPool, _extras
from tests.unit.hosts import gce_host, ssh_host
from tests.unit.recorder import Engine

_EXTRAS = ("pulumi_command", "pulumi_gcp", "pulumi_gitlab", "tomli_w")
_DEV_STACK = "DockerHost, BridgeNetworks, PulledImages, RedditApp"
# SSH, a cloud, an engine's set-up, a gateway, backups, a Swarm.
_ONLY_WHEN_ASKED_FOR = (
    "_engine_rules",
    "_engine_setup",
    "_gateway",
    "_gce_rules",
    "_handover",
    "_reddit_backup",
    "_reddit_swarm",
    "_remote_machines",
    "_ssh",
    "_ssh_rules",
    "swarm_app",
)
_RUNS = 9
_MOST = 1.2

# Stands where the packages of all extras aren't installed.
_WITHOUT_EXTRAS = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {_EXTRAS}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def _python(program: str, **environment: str) -> str:
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_every_name_is_imported_where_no_extra_is_installed() -> None:
    _python(
        f"""{_WITHOUT_EXTRAS}
import components
for name in components.__all__:
    getattr(components, name)
"""
    )


def test_a_name_is_where_type_checkers_are_told_that_it_is() -> None:
    stub = ast.parse(Path(components.__file__).with_suffix(".pyi").read_text())
    for statement in stub.body:
        if isinstance(statement, ast.ImportFrom):
            for each in statement.names:
                assert each.asname == each.name, f"{each.name} isn't exported"
                found = getattr(components, each.name)
                assert found.__module__ == f"components.{statement.module}", each.name
    assert set(components.__all__) <= set(dir(components))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'components' has no attribute 'Nothing'"):
        components.Nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("component", "args", "user", "extra"),
    [
        (DockerHost, {"gce": gce_host()}, "DockerHost with gce", "gcp"),
        (
            DockerHost,
            {"ssh": [ssh_host(engine={})]},
            "DockerHost with engine in ssh",
            "command",
        ),
        (GitlabProject, {"group": "g", "project": "p"}, "GitlabProject", "gitlab"),
        (
            RunnerPool,
            {"prefix": "ci", "gitlab_url": "https://g", "token": "glrt-t", "network_id": "n"},
            "RunnerPool",
            "runners",
        ),
    ],
)
def test_a_missing_extra_is_named_before_anything_is_created(
    monkeypatch: pytest.MonkeyPatch,
    engine: Engine,
    component: Any,
    args: dict[str, Any],
    user: str,
    extra: str,
) -> None:
    monkeypatch.setattr(_extras, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError) as error:
        component("it", args)
    assert str(error.value).startswith(f"{user} needs the package ")
    assert str(error.value).endswith(f"install it with pip install 'dockyard[{extra}]'")
    assert engine.registrations == []


def test_the_dev_stacks_components_do_not_import_what_it_does_not_ask_for() -> None:
    program = f"import sys\nfrom components import {_DEV_STACK}\nprint(*sys.modules)"
    imported = set(_python(program).split())
    assert "components.reddit_app" in imported
    asked_for_nowhere = {f"components.{each}" for each in _ONLY_WHEN_ASKED_FOR}
    assert sorted(imported & asked_for_nowhere) == []


def test_the_dev_stacks_components_are_imported_nearly_as_fast_as_their_provider(
    tmp_path: Path,
) -> None:
    # As installed packages are: compiled, by the first run.
    compiled = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}

    def seconds(statement: str) -> float:
        # Processor time: other tests may run beside this one. With the garbage collector, as users
        # have it.
        timed = (
            f"import time\nat = time.process_time()\n{statement}\ntook = time.process_time() - at"
        )
        return float(_python(f"{timed}\nprint(took)", **compiled))

    ours = f"from components import {_DEV_STACK}"
    seconds(ours)
    # One right after the other: a machine that is slow for a while is slow for both.
    ratio = median(seconds(ours) / seconds("import pulumi_docker") for _ in range(_RUNS))
    assert ratio < _MOST, f"{ratio:.3f} times as long"
