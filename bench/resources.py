"""What a component costs over the same resources registered without it.

Run as a program, it registers one kind of resources once, on Pulumi's mocks and in a process of
its own, and prints the seconds that it took.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pulumi_docker as docker
from pulumi.runtime import mocks

from components import (
    BridgeNetworkArgs,
    BridgeNetworks,
    RedditApp,
    RedditAppArgs,
    RunnerPool,
)

_RESOURCES_PER_APP = 5
_RUNNER_CONFIG = """\
concurrent = 2
check_interval = 3
[[runners]]
name = "ci-runner-{number}"
url = "https://gitlab.example.org"
token = "{token}"
executor = "docker"
[runners.docker]
image = "alpine:3.22"
privileged = false
pull_policy = ["always"]
memory = "2048m"
"""
_LABELS = [docker.NetworkLabelArgs(label="org.dockyard.stack", value="bench")]


class _Answers(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:
        return {}, None


def seconds(kind: str, count: int) -> float:
    """Register resources in a fresh process and return the seconds that it took.

    Args:
        kind: ``networks``, ``apps`` or ``runners``, or ``raw-`` and one of them.
        count: how many resources, components not counted.
    """
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bench.resources", kind, str(count)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(run.stdout)


def _networks(count: int) -> None:
    networks: dict[str, BridgeNetworkArgs] = {
        f"net{index}": {"subnet": f"10.{index // 250}.{index % 250}.0/24"} for index in range(count)
    }
    BridgeNetworks("nets", {"networks": networks, "labels": {"org.dockyard.stack": "bench"}})


def _raw_networks(count: int) -> None:
    for index in range(count):
        docker.Network(
            f"nets-net{index}",
            name=f"net{index}",
            driver="bridge",
            internal=False,
            ipam_configs=[
                docker.NetworkIpamConfigArgs(
                    subnet=f"10.{index // 250}.{index % 250}.0/24",
                    gateway=f"10.{index // 250}.{index % 250}.1",
                )
            ],
            labels=_LABELS,
            opts=pulumi.ResourceOptions(delete_before_replace=True),
        )


def _app_args(index: int) -> RedditAppArgs:
    return {
        "prefix": f"reddit{index}",
        "front_network_id": "front",
        "back_network_id": "back",
        "ui": {"image": "ui:1"},
        "post": {"image": "post:1"},
        "comment": {"image": "comment:1"},
        "database": {"image": "mongo:8.0"},
    }


def _apps(count: int) -> None:
    for index in range(count // _RESOURCES_PER_APP):
        RedditApp(f"app{index}", _app_args(index))


def _raw_apps(count: int) -> None:
    """Register what an app is made of, written out as a person without the component would."""
    for index in range(count // _RESOURCES_PER_APP):
        name = f"app{index}"
        volume = docker.Volume(
            f"{name}-data",
            name=f"reddit{index}-mongo-data",
            labels=[docker.VolumeLabelArgs(label="org.dockyard.app", value=f"reddit{index}")],
            opts=pulumi.ResourceOptions(retain_on_delete=True, ignore_changes=["labels"]),
        )
        database = _raw_container(index, "database", [], volume)
        post = _raw_container(index, "post", [database], None)
        comment = _raw_container(index, "comment", [database], None)
        _raw_container(index, "ui", [post, comment], None)


def _raw_container(
    index: int, role: str, after: list[pulumi.Resource], volume: docker.Volume | None
) -> docker.Container:
    return docker.Container(
        f"app{index}-{role}",
        name=f"reddit{index}-{role}",
        image=f"{role}:1",
        envs=["ONE_SERVICE_HOST=one", "ONE_SERVICE_PORT=5000", "TWO_SERVICE_HOST=two"],
        labels=[
            docker.ContainerLabelArgs(label="org.dockyard.app", value=f"reddit{index}"),
            docker.ContainerLabelArgs(label="org.dockyard.role", value=role),
        ],
        networks_advanced=[
            docker.ContainerNetworksAdvancedArgs(name="front", aliases=[role]),
            docker.ContainerNetworksAdvancedArgs(name="back", aliases=[]),
        ],
        network_mode="bridge",
        ports=[
            docker.ContainerPortArgs(internal=9292, external=9292, ip="127.0.0.1", protocol="tcp")
        ]
        if role == "ui"
        else None,
        volumes=[docker.ContainerVolumeArgs(volume_name=volume.name, container_path="/data/db")]
        if volume
        else None,
        healthcheck=docker.ContainerHealthcheckArgs(
            tests=["CMD", "probe"],
            interval="2s",
            timeout="5s",
            retries=3,
            start_period="1m0s",
        ),
        must_run=True,
        wait=True,
        wait_timeout=120,
        restart="always",
        destroy_grace_seconds=10,
        memory=128,
        memory_swap=256,
        cpus="1.0",
        ulimits=[docker.ContainerUlimitArgs(name="nproc", soft=512, hard=512)],
        user="10001:10001",
        read_only=True,
        tmpfs={"/tmp": "rw,noexec,nosuid,nodev,size=64m"},  # noqa: S108 - the container's own
        capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]),
        security_opts=["no-new-privileges:true"],
        ipc_mode="private",
        log_driver="json-file",
        log_opts={"max-size": "10m", "max-file": "3"},
        opts=pulumi.ResourceOptions(
            depends_on=after,
            replace_on_changes=["healthcheck", "init", "tmpfs", "cpuPeriod", "cpuQuota"],
        ),
    )


def _runners(count: int) -> None:
    RunnerPool(
        "runners",
        {
            "prefix": "ci",
            "gitlab_url": "https://gitlab.example.org",
            "token": "glrt-bench",
            "network_id": "runners",
            "count": count,
        },
    )


def _raw_config(number: int, token: str) -> str:
    return _RUNNER_CONFIG.format(number=number, token=token)


def _raw_runners(count: int) -> None:
    token = pulumi.Output.secret("glrt-bench")
    for number in range(1, count + 1):
        config = token.apply(partial(_raw_config, number))
        docker.Container(
            f"runners-{number}",
            name=f"ci-runner-{number}",
            image="gitlab/gitlab-runner:alpine-v19.3.0",
            command=["run"],
            labels=[
                docker.ContainerLabelArgs(label="org.dockyard.app", value="ci"),
                docker.ContainerLabelArgs(label="org.dockyard.role", value="runner"),
            ],
            volumes=[
                docker.ContainerVolumeArgs(
                    host_path="/var/run/docker.sock", container_path="/var/run/docker.sock"
                )
            ],
            uploads=[
                docker.ContainerUploadArgs(
                    file="/etc/gitlab-runner/config.toml", content=config, permissions="0600"
                ),
                docker.ContainerUploadArgs(
                    file="/etc/gitlab-runner/.runner_system_id",
                    content=f"r_{number:012}",
                    permissions="0600",
                ),
            ],
            networks_advanced=[docker.ContainerNetworksAdvancedArgs(name="runners")],
            network_mode="bridge",
            healthcheck=docker.ContainerHealthcheckArgs(
                tests=["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9252/metrics"],
                interval="5s",
                timeout="5s",
                retries=3,
                start_period="1m0s",
            ),
            must_run=True,
            wait=True,
            wait_timeout=120,
            restart="always",
            stop_signal="SIGQUIT",
            stop_timeout=3600,
            destroy_grace_seconds=3600,
            memory=256,
            memory_swap=512,
            cpus="1.0",
            capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]),
            security_opts=["no-new-privileges:true"],
            ipc_mode="private",
            log_driver="json-file",
            log_opts={"max-size": "10m", "max-file": "3"},
            opts=pulumi.ResourceOptions(
                delete_before_replace=True,
                replace_on_changes=["healthcheck"],
                custom_timeouts=pulumi.CustomTimeouts(delete="1h2m0s"),
            ),
        )


_KINDS: dict[str, Callable[[int], None]] = {
    "networks": _networks,
    "raw-networks": _raw_networks,
    "apps": _apps,
    "raw-apps": _raw_apps,
    "runners": _runners,
    "raw-runners": _raw_runners,
}


def _main() -> None:
    kind, count = sys.argv[1], int(sys.argv[2])
    mocks.set_mocks(_Answers(), project="dockyard", stack="bench", preview=False)
    started = time.perf_counter()

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def everything() -> None:
        _KINDS[kind](count)

    everything()
    print(time.perf_counter() - started)


if __name__ == "__main__":
    _main()
