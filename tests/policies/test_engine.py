"""The pack in the real engine: what it lets through, what it refuses, and which marks it sees."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import docker
import pytest
import yaml

from airgap.gateway_image import IMAGE as GATEWAY_IMAGE
from tests.e2e.stack import REPOSITORY, Run, Stack

_PACK = ("--policy-pack", str(REPOSITORY / "policies"))

_FREE_PORT = 19597

Judged = Callable[..., Run]


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judged:
    """Preview a program of a few lines under the pack, or run another command on it."""
    runtime = {"name": "python", "options": {"virtualenv": str(REPOSITORY / ".dockyard/venv")}}
    project = {"name": "judged", "runtime": runtime}
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "for tests")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)

    def pulumi(*arguments: str) -> Run:
        done = subprocess.run(  # noqa: S603
            ["pulumi", *arguments, "--stack", "dev", "--non-interactive", "--color", "never"],  # noqa: S607
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    assert pulumi("stack", "init").code == 0

    def run(program: str, *command: str) -> Run:
        imports = "import pulumi\nimport pulumi_docker as docker\n"
        (tmp_path / "__main__.py").write_text(imports + dedent(program))
        return pulumi(*(command or ["preview"]), *_PACK)

    return run


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("dev", {}),
        ("prod", {}),
        ("prod", {"swarm": True, "gatewayImage": GATEWAY_IMAGE}),
    ],
)
def test_a_shipped_stack_keeps_every_rule(
    kind: str, changes: dict[str, object], tmp_path: Path
) -> None:
    shipped = yaml.safe_load((REPOSITORY / f"Pulumi.{kind}.yaml").read_text())["config"]
    config = {key.partition(":")[2]: value for key, value in shipped.items()}
    stack = Stack(f"{kind}-judged", tmp_path, {})
    # The page's own port may be taken by the stack that a developer runs.
    stack.configure(**{**config, "uiPort": _FREE_PORT, **changes})

    run = stack.preview(*_PACK)

    assert "✅ dockyard@" in run.output


def test_a_preview_is_refused_with_the_policy_and_the_resource(judged: Judged) -> None:
    run = judged(
        """
        docker.Container(
            "bad", image="a:1", name="a", privileged=True, memory=64, memory_swap=128
        )
        """
    )

    assert run.code != 0
    assert "[mandatory]  docker-not-privileged  (docker:index:Container: bad)" in run.output
    assert "privileged: true gives the container every device and capability;" in run.output


def test_a_service_of_a_swarm_is_refused_by_the_rules_for_containers(judged: Judged) -> None:
    run = judged(
        """
        docker.Service(
            "bad",
            name="a",
            task_spec={
                "container_spec": {
                    "image": "a",
                    "mounts": [
                        {"type": "bind", "source": "/var/run/docker.sock", "target": "/s"},
                    ],
                    "env": {"PASSWORD": "hunter2", "TOKEN": pulumi.Output.secret("hunter3")},
                },
                "networks_advanceds": [{"id": "host"}],
            },
            mode={"replicated": {"replicas": 1}},
            endpoint_spec={
                "mode": "dnsrr",
                "ports": [{"target_port": 2375, "published_port": 80, "publish_mode": "host"}],
            },
        )
        """
    )

    refused = re.findall(r"\[mandatory\]  (\S+)  \(docker:index:Service: bad\)", run.output)
    assert set(refused) == {
        "docker-image-pinned",
        "docker-no-engine-socket",
        "docker-no-host-namespace",
        "docker-no-published-engine",
        "docker-memory-limit",
        "no-plain-secret",
    }
    assert "taskSpec.containerSpec.env.PASSWORD: the value of PASSWORD is plain" in run.output
    assert "env.TOKEN" not in run.output
    assert "hunter" not in run.output


def test_a_plain_secret_is_refused_beside_marked_ones(
    judged: Judged,
) -> None:
    run = judged(
        """
        marked = pulumi.Output.secret("hunter2")
        limits = {"memory": 64, "memory_swap": 128}
        docker.Container(
            "one", image="a:1", name="a", envs=[pulumi.Output.concat("PASSWORD=", marked)], **limits
        )
        docker.Container(
            "all", image="a:1", name="b", envs=pulumi.Output.secret(["PASSWORD=x"]), **limits
        )
        docker.Container("plain", image="a:1", name="c", envs=["PASSWORD=hunter2"], **limits)
        """
    )

    refused = [line.strip() for line in run.output.splitlines() if "[mandatory]" in line]
    assert refused == ["- [mandatory]  no-plain-secret  (docker:index:Container: plain)"]
    assert "hunter2" not in run.output


def test_an_output_of_what_is_not_there_yet_stops_no_policy(judged: Judged) -> None:
    run = judged(
        """
        network = docker.Network("network", name="judged")
        docker.Container(
            "bad",
            image=docker.RemoteImage("image", name="a:1", keep_locally=True).image_id,
            name="a",
            network_mode=network.name,
            networks_advanced=[{"name": network.id}],
            privileged=True,
            memory=64,
            memory_swap=128,
        )
        """
    )

    assert "can't run policy" not in run.output
    assert run.output.count("[mandatory]") == 1


def test_an_up_is_refused_before_anything_is_made(
    judged: Judged, engine: docker.DockerClient
) -> None:
    name = f"dockyard-judged-{os.getpid()}"
    token = "glpat" + "-" + "x" * 20

    run = judged(
        f"""
        docker.Volume("bad", name="{name}", labels=[{{"label": "note", "value": "{token}"}}])
        """,
        *("up", "--yes", "--skip-preview"),
    )

    assert run.code != 0
    assert "[mandatory]  no-plain-secret  (docker:index:Volume: bad)" in run.output
    assert engine.volumes.list(filters={"name": name}) == []
