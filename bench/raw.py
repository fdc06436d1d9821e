"""What the components are made of, written out as a person without them would."""

from functools import partial

import pulumi
import pulumi_docker as docker

RESOURCES_PER_APP = 5
"""How many resources an application is."""

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


def networks(count: int) -> None:
    """Register networks."""
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


def apps(count: int) -> None:
    """Register the volumes and containers of applications."""
    for index in range(count // RESOURCES_PER_APP):
        name = f"app{index}"
        volume = docker.Volume(
            f"{name}-data",
            name=f"reddit{index}-mongo-data",
            labels=[docker.VolumeLabelArgs(label="org.dockyard.app", value=f"reddit{index}")],
            opts=pulumi.ResourceOptions(retain_on_delete=True, ignore_changes=["labels"]),
        )
        database = _container(index, "database", [], volume)
        post = _container(index, "post", [database], None)
        comment = _container(index, "comment", [database], None)
        _container(index, "ui", [post, comment], None)


def _container(
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


def runners(count: int) -> None:
    """Register the managers of a runner."""
    token = pulumi.Output.secret("glrt-bench")
    for number in range(1, count + 1):
        config = token.apply(partial(_config, number))
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


def _config(number: int, token: str) -> str:
    return _RUNNER_CONFIG.format(number=number, token=token)
