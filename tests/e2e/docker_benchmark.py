"""Rules for containers: the Docker benchmark of the CIS, by what the engine says of a container.

The numbers are the benchmark's, version 1.6; the titles and checks are ours. Of its fifth section,
what only a person can judge is missing: 5.1, 5.9, 5.23, 5.24 and 5.28.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import docker
from docker.models.containers import Container

_HOST_FOLDERS = [
    *("/boot", "/dev", "/etc", "/lib", "/proc", "/root", "/run", "/sys", "/usr"),
    *("/var/lib/docker", "/var/run"),
]
_EVERY_ADDRESS = {"", "0.0.0.0", "::"}  # noqa: S104 - compared with, never bound to
_FIRST_ORDINARY_PORT = 1024
_MOST_RESTARTS = 5


@dataclass(frozen=True)
class Subject:
    """A container as its engine describes it."""

    attributes: dict[str, Any]
    image: dict[str, Any]
    processes: list[tuple[int, str]]
    """Effective user id and command line of each process."""
    engine_has: frozenset[str]
    """The security modules that the engine uses: apparmor, seccomp, selinux."""

    @cached_property
    def host(self) -> dict[str, Any]:
        """How it was started."""
        return dict(self.attributes["HostConfig"])

    @cached_property
    def options(self) -> list[str]:
        """Its security options."""
        return list(self.host["SecurityOpt"] or [])

    @cached_property
    def mounts(self) -> list[dict[str, Any]]:
        """What is mounted into it."""
        return list(self.attributes["Mounts"])

    @cached_property
    def published(self) -> list[tuple[int, str, int]]:
        """Its published ports: the container's, and the host's address and port."""
        return [
            (int(inside.partition("/")[0]), bound["HostIp"], int(bound["HostPort"]))
            for inside, bindings in self.attributes["NetworkSettings"]["Ports"].items()
            for bound in bindings or []
        ]


# What is wrong with a container; something false when nothing is.
Finding = object
CHECKS: dict[str, Callable[[Subject], Finding]] = {}
"""The checks, by the benchmark's number."""


def _check(number: str) -> Callable[[Callable[[Subject], Finding]], Callable[[Subject], Finding]]:
    def register(function: Callable[[Subject], Finding]) -> Callable[[Subject], Finding]:
        CHECKS[number] = function
        return function

    return register


@_check("4.1")
def _no_process_is_root(subject: Subject) -> Finding:
    return [command for user, command in subject.processes if user == 0]


@_check("4.6")
def _the_image_has_a_health_check(subject: Subject) -> Finding:
    return _no_test(subject.image["Config"].get("Healthcheck"))


@_check("5.2")
def _apparmor_confines_it_where_the_host_has_it(subject: Subject) -> Finding:
    profile = subject.attributes.get("AppArmorProfile") or "unconfined"
    return "apparmor" in subject.engine_has and profile == "unconfined"


@_check("5.3")
def _selinux_confines_it_where_the_host_has_it(subject: Subject) -> Finding:
    confined = subject.attributes["ProcessLabel"] and "label=disable" not in subject.options
    return "selinux" in subject.engine_has and not confined


@_check("5.4")
def _all_capabilities_are_dropped(subject: Subject) -> Finding:
    dropped = subject.host["CapDrop"] == ["ALL"]
    return subject.host["CapAdd"] or (None if dropped else "not all are dropped")


@_check("5.5")
def _it_is_not_privileged(subject: Subject) -> Finding:
    return subject.host["Privileged"]


@_check("5.6")
def _no_folder_of_the_hosts_system_is_mounted(subject: Subject) -> Finding:
    sources = [PurePosixPath(each["Source"]) for each in subject.mounts if each["Type"] == "bind"]
    return [
        source
        for source in sources
        if source == PurePosixPath("/") or any(map(source.is_relative_to, _HOST_FOLDERS))
    ]


@_check("5.7")
def _no_ssh_server_runs_inside(subject: Subject) -> Finding:
    return [command for _, command in subject.processes if re.match(r"\S*\bsshd\b", command)]


@_check("5.8")
def _no_privileged_port_is_published(subject: Subject) -> Finding:
    return [each for each in subject.published if min(each[0], each[2]) < _FIRST_ORDINARY_PORT]


@_check("5.10")
def _it_has_its_own_network(subject: Subject) -> Finding:
    return subject.host["NetworkMode"] == "host"


@_check("5.11")
def _its_memory_is_limited(subject: Subject) -> Finding:
    return not subject.host["Memory"]


@_check("5.12")
def _its_share_of_the_processors_is_limited(subject: Subject) -> Finding:
    return not (subject.host["NanoCpus"] or subject.host["CpuShares"])


@_check("5.13")
def _its_root_is_read_only(subject: Subject) -> Finding:
    return not subject.host["ReadonlyRootfs"]


@_check("5.14")
def _ports_are_published_at_one_address(subject: Subject) -> Finding:
    return [each for each in subject.published if each[1] in _EVERY_ADDRESS]


@_check("5.15")
def _it_is_restarted_a_few_times_at_most(subject: Subject) -> Finding:
    policy = subject.host["RestartPolicy"]
    few = policy["Name"] == "on-failure" and 0 < policy["MaximumRetryCount"] <= _MOST_RESTARTS
    return None if few or policy["Name"] in {"", "no"} else policy


@_check("5.16")
def _it_has_its_own_processes(subject: Subject) -> Finding:
    return subject.host["PidMode"] == "host"


@_check("5.17")
def _it_has_its_own_shared_memory(subject: Subject) -> Finding:
    return subject.host["IpcMode"] == "host"


@_check("5.18")
def _no_device_of_the_host_is_inside(subject: Subject) -> Finding:
    return subject.host["Devices"]


@_check("5.19")
def _its_processes_have_a_limit(subject: Subject) -> Finding:
    return "nproc" not in {each["Name"] for each in subject.host["Ulimits"] or []}


@_check("5.20")
def _mounts_do_not_spread_to_the_host(subject: Subject) -> Finding:
    return [each for each in subject.mounts if "shared" in each.get("Propagation", "")]


@_check("5.21")
def _it_has_its_own_host_name(subject: Subject) -> Finding:
    return subject.host["UTSMode"] == "host"


@_check("5.22")
def _system_calls_are_filtered(subject: Subject) -> Finding:
    off = {"seccomp=unconfined", "seccomp:unconfined"} & set(subject.options)
    return off or "seccomp" not in subject.engine_has


@_check("5.25")
def _it_is_in_the_engines_control_group(subject: Subject) -> Finding:
    return subject.host["CgroupParent"]


@_check("5.26")
def _it_can_gain_no_privileges(subject: Subject) -> Finding:
    on = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
    return not on & set(subject.options)


@_check("5.27")
def _its_health_is_checked(subject: Subject) -> Finding:
    return _no_test(subject.attributes["Config"].get("Healthcheck"))


@_check("5.29")
def _it_has_a_limit_of_processes_of_its_own(subject: Subject) -> Finding:
    return (subject.host["PidsLimit"] or 0) <= 0


@_check("5.30")
def _it_is_not_on_the_default_bridge(subject: Subject) -> Finding:
    return "bridge" in subject.attributes["NetworkSettings"]["Networks"]


@_check("5.31")
def _it_does_not_opt_out_of_user_namespaces(subject: Subject) -> Finding:
    return subject.host["UsernsMode"] == "host"


@_check("5.32")
def _the_engines_socket_is_not_inside(subject: Subject) -> Finding:
    return [each for each in subject.mounts if "docker.sock" in str(each)]


def _no_test(health_check: dict[str, Any] | None) -> bool:
    return not health_check or health_check["Test"] == ["NONE"]


def inspect(engine: docker.DockerClient, container: Container) -> Subject:
    """Return what there is to check of a container, which need not run."""
    container.reload()
    assert container.image
    running = container.status == "running"
    listed = container.top(ps_args="-eo pid,euid,args")["Processes"] if running else []
    return Subject(
        attributes=container.attrs,
        image=container.image.attrs,
        processes=[(int(user), command) for _, user, command in listed],
        engine_has=frozenset(
            option.partition(",")[0].removeprefix("name=")
            for option in engine.info()["SecurityOptions"]
        ),
    )


def title(number: str) -> str:
    """Return a check's number and what it asks for."""
    return number + CHECKS[number].__name__.replace("_", " ")
