"""The running containers against the Docker benchmark of the CIS."""

import io
import uuid
from collections.abc import Iterator
from dataclasses import replace

import docker
import pytest
from docker.models.containers import Container
from docker.types import Mount

from tests.e2e.docker_benchmark import CHECKS, Subject, inspect, title
from tests.e2e.stack import Stack

PREFIX = "reddit-e2e"
ROLES = ["database", "post", "comment", "ui"]

EXCEPTIONS = {
    "5.15": "Restarted always: an engine that comes back after a crash has to bring the whole "
    "application back, and on-failure gives up after a database that was slow five times.",
    "5.29": "The Docker provider has no limit for processes per container; the nproc ulimit stands "
    "in, which counts the user's processes over the whole host (5.19).",
}
"""Checks that every container is known to fail, and why that is accepted."""


@pytest.fixture(scope="module")
def subjects(reddit: Stack, engine: docker.DockerClient) -> dict[str, Subject]:
    """The application's containers, by role."""
    found = {role: inspect(engine, engine.containers.get(f"{PREFIX}-{role}")) for role in ROLES}
    assert all(subject.processes for subject in found.values())
    return found


@pytest.mark.parametrize("number", CHECKS, ids=title)
@pytest.mark.parametrize("role", ROLES)
def test_a_container_passes_every_check_but_the_recorded_exceptions(
    subjects: dict[str, Subject], role: str, number: str
) -> None:
    finding = CHECKS[number](subjects[role])
    if number in EXCEPTIONS:
        assert finding, f"{title(number)}: the exception isn't needed any more; take it out"
    else:
        assert not finding, f"{title(number)}: {finding}"


def test_every_exception_is_from_a_check() -> None:
    assert EXCEPTIONS.keys() <= CHECKS.keys()


# A program of the name that is looked for: Python under it.
_BAD_DOCKERFILE = """
FROM {image}
USER root
RUN ["python3", "-c", "import os, sys; os.symlink(sys.executable, '/tmp/sshd')"]
HEALTHCHECK NONE
CMD ["/tmp/sshd", "-c", "import time; time.sleep(600)"]
"""


@pytest.fixture(scope="module")
def bad_image(reddit: Stack, engine: docker.DockerClient) -> Iterator[str]:
    """An image that runs an SSH server as root, unwatched."""
    base = engine.containers.get(f"{PREFIX}-ui").image
    assert base
    dockerfile = _BAD_DOCKERFILE.format(image=base.id).encode()
    tag = f"dockyard-test/bad:{uuid.uuid4().hex}"
    engine.images.build(fileobj=io.BytesIO(dockerfile), tag=tag, rm=True)
    yield tag
    engine.images.remove(tag)


@pytest.fixture(scope="module")
def bad(bad_image: str, engine: docker.DockerClient) -> Iterator[list[Subject]]:
    """Containers that break the rules: one runs and is open to all, one has all of its host.

    The second one is only made: not every machine starts all that it asks for.
    """
    name = f"dockyard-bad-{uuid.uuid4().hex[:8]}"
    made: list[Container] = []
    try:
        made.append(
            engine.containers.create(
                bad_image,
                name=f"{name}-open",
                restart_policy={"Name": "always"},
                ports={"80/tcp": None},
                mounts=[
                    Mount("/host/etc", "/etc", type="bind", read_only=True),
                    Mount("/host/docker.sock", "/var/run/docker.sock", type="bind"),
                ],
            )
        )
        made[0].start()
        made.append(
            engine.containers.create(
                bad_image,
                name=f"{name}-sharing",
                privileged=True,
                cap_add=["SYS_ADMIN"],
                network_mode="host",
                pid_mode="host",
                ipc_mode="host",
                uts_mode="host",
                userns_mode="host",
                cgroup_parent="/dockyard-bad",
                devices=["/dev/null:/dev/null:r"],
                security_opt=["seccomp=unconfined"],
                mounts=[Mount("/host/srv", "/srv", type="bind", propagation="rshared")],
            )
        )
        # As on a host that has each of them; this one may not.
        modules = frozenset({"apparmor", "seccomp", "selinux"})
        yield [replace(inspect(engine, each), engine_has=modules) for each in made]
    finally:
        for container in made:
            container.remove(force=True)


@pytest.mark.parametrize("number", CHECKS, ids=title)
def test_a_container_that_breaks_a_rule_is_found(bad: list[Subject], number: str) -> None:
    assert any(CHECKS[number](subject) for subject in bad)
