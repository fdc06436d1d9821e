"""GitLab runners: equal managers that run jobs in containers of their host."""

from functools import partial

import pulumi
import pulumi_docker as docker

from . import _ownership, _runner_config, checks
from ._children import Children
from ._runner_args import RunnerPoolArgs
from ._runner_rules import check
from ._service_container import LOG_OPTIONS, go_duration

_DEFAULT_COUNT = 1
_DEFAULT_IMAGE = "gitlab/gitlab-runner:alpine-v19.3.0"
_DEFAULT_GRACE_SECONDS = 3600
_DEFAULT_MEMORY_MIB = 256
_DEFAULT_CPUS = 1.0
_DEFAULT_HEALTH_INTERVAL_SECONDS = 5
_DEFAULT_START_TIMEOUT_SECONDS = 120

_SOCKET_INSIDE = "/var/run/docker.sock"
# Without the image's own options, which are for jobs that run in the manager's container.
_RUN = ("run",)
# The image's own entrypoint can't do both; its first part passes the signals on.
_INSTALL_PLUGIN_AND_RUN = (
    "/usr/bin/dumb-init",
    "/bin/sh",
    "-c",
    "gitlab-runner fleeting install && exec gitlab-runner run",
)
_CHECK_TIMEOUT_SECONDS = 5
_CHECK_RETRIES = 3
_START_PERIOD_SECONDS = 60
# What the plugin needs beside the grace to remove a container.
_REMOVAL_SECONDS = 120


class RunnerPool(pulumi.ComponentResource):
    """Equal managers of one GitLab runner, on one Docker host.

    It creates ``<name>-<number>`` for each: a manager, the container ``<prefix>-runner-<number>``,
    with its ``config.toml`` and its system id as files. Nothing is registered: the token is one
    that GitLab gave before. One more manager touches none of the others.

    A manager that is stopped, replaced or removed takes no new jobs and finishes the ones it has
    (SIGQUIT), as long as ``grace_seconds`` allow; Pulumi waits for it.

    A manager has the engine's socket: it makes the jobs' containers beside itself. Whoever breaks
    into it is root on the host, so let it be a host of the runners' own. Jobs never get the socket.
    A manager is root inside, for the socket's sake, without any capability. With an ``autoscaler``
    there is no socket: jobs run on VMs of an instance group, which it makes and deletes.

    What jobs leave on the host's disk (images, caches) it does not remove; ``docs/runners.md`` has
    the command.

    Raises:
        ArgumentError: a name, address, token, image, number, limit or volume is invalid.
        MissingExtraError: the package tomli_w isn't installed.
    """

    container_names: list[pulumi.Output[str]]
    """Docker's name of each manager's container."""

    system_ids: list[pulumi.Output[str]]
    """The id by which GitLab knows each manager, in the same order."""

    metrics_targets: list[pulumi.Output[str]]
    """Name and port of each manager's metrics for Prometheus, on the managers' network."""

    def __init__(
        self, name: str, args: RunnerPoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        check(args)
        super().__init__("dockyard:index:RunnerPool", name, None, opts)
        children = Children(self, name, opts)
        common = _runner_config.settings(args)
        port = _runner_config.metrics_port(args)
        # Where the host is no DockerHost's, nothing says whose a thing is.
        owner = pulumi.Output.from_input(dict(children.labels({})).get(_ownership.LABEL, ""))
        self.managers: list[docker.Container] = []
        self.container_names = []
        self.system_ids = []
        self.metrics_targets = []
        for number in range(1, int(args.get("count", _DEFAULT_COUNT)) + 1):
            manager = f"{args['prefix']}-runner-{number}"
            identity = owner.apply(partial(_runner_config.system_id, pool=name, manager=manager))
            config = common.apply(partial(_runner_config.config_toml, manager=manager))
            files = _runner_config.uploads(args, config, identity)
            container = _manager(f"{name}-{number}", manager, args, files, children)
            self.managers.append(container)
            self.container_names.append(container.name)
            self.system_ids.append(identity)
            self.metrics_targets.append(pulumi.Output.concat(container.name, f":{port}"))
        self.register_outputs(
            {
                "container_names": self.container_names,
                "system_ids": self.system_ids,
                "metrics_targets": self.metrics_targets,
            }
        )

    @staticmethod
    def check(args: RunnerPoolArgs) -> None:
        """Check arguments without creating anything.

        Raises:
            ArgumentError: as the constructor would.
        """
        check(args)


def _manager(
    name: str,
    container_name: str,
    args: RunnerPoolArgs,
    files: list[docker.ContainerUploadArgs],
    children: Children,
) -> docker.Container:
    labels = {
        "org.dockyard.app": args["prefix"],
        "org.dockyard.role": "runner",
        **args.get("labels", {}),
    }
    memory_mib = int(args.get("memory_mib", _DEFAULT_MEMORY_MIB))
    grace_seconds = int(args.get("grace_seconds", _DEFAULT_GRACE_SECONDS))
    scaled = "autoscaler" in args
    return docker.Container(
        name,
        name=container_name,
        image=args.get("image", _DEFAULT_IMAGE),
        entrypoints=list(_INSTALL_PLUGIN_AND_RUN) if scaled else None,
        command=None if scaled else list(_RUN),
        # A path, no secret.
        envs=[f"GOOGLE_APPLICATION_CREDENTIALS={_runner_config.AUTOSCALER_KEY_FILE}"]
        if scaled
        else None,
        labels=[
            docker.ContainerLabelArgs(label=label, value=value)
            for label, value in children.labels(labels)
        ],
        # Nothing else has the engine's socket: jobs are containers, and somebody must make them.
        volumes=None if scaled else [_engine_socket(args)],
        # They go to a volume of the image's own, which is removed together with the container.
        uploads=files,
        networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=args["network_id"])],
        network_mode="bridge",
        healthcheck=docker.ContainerHealthcheckArgs(
            tests=["CMD", *args.get("health_command", _default_health_command(args))],
            interval=go_duration(
                int(args.get("health_interval_seconds", _DEFAULT_HEALTH_INTERVAL_SECONDS))
            ),
            timeout=go_duration(_CHECK_TIMEOUT_SECONDS),
            retries=_CHECK_RETRIES,
            start_period=go_duration(_START_PERIOD_SECONDS),
        ),
        must_run=True,
        wait=True,
        wait_timeout=int(args.get("start_timeout_seconds", _DEFAULT_START_TIMEOUT_SECONDS)),
        restart="always",
        # The runner's word for "finish what you have"; SIGTERM would abort the jobs.
        stop_signal="SIGQUIT",
        # The one is for whoever stops it by hand, the other for Pulumi.
        stop_timeout=grace_seconds,
        destroy_grace_seconds=grace_seconds,
        memory=memory_mib,
        memory_swap=2 * memory_mib,
        cpus=str(float(args.get("cpus", _DEFAULT_CPUS))),
        capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]),
        security_opts=["no-new-privileges:true"],
        ipc_mode="private",
        # Nothing can be uploaded to a read-only root.
        read_only=False,
        log_driver="json-file",
        log_opts=LOG_OPTIONS,
        opts=children.named_options(
            pulumi.ResourceOptions(
                # The plugin shows a change of it as an update and applies none.
                replace_on_changes=["healthcheck"],
                # The plugin gives up after 20 minutes unless told otherwise.
                custom_timeouts=pulumi.CustomTimeouts(
                    delete=go_duration(grace_seconds + _REMOVAL_SECONDS)
                ),
            )
        ),
    )


def _engine_socket(args: RunnerPoolArgs) -> docker.ContainerVolumeArgs:
    path = args.get("engine_socket", checks.DEFAULT_SOCKET).removeprefix("unix://")
    return docker.ContainerVolumeArgs(host_path=path, container_path=_SOCKET_INSIDE)


def _default_health_command(args: RunnerPoolArgs) -> list[str]:
    address = f"http://127.0.0.1:{_runner_config.metrics_port(args)}/metrics"
    return ["wget", "-q", "-O", "/dev/null", address]
