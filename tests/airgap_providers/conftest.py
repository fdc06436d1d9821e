"""Providers to drive, and a real Docker Engine that is left as it was found."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from airgap import golang
from airgap.layout import Layout
from airgap.providers.command.provider import CommandProvider
from airgap.providers.docker.provider import DockerProvider
from tests.airgap_providers.driver import Driver

# Of one of the processes that share the engine: each removes what it left.
PREFIX = f"dy-test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-"
IMAGE = f"{PREFIX}probe:1"
PROBE = Path(__file__).parent / "probe"

# What 'ssh' does in these tests: it takes note of its arguments and connects to the local engine.
_SSH = """#!{python}
import os, socket, sys, threading
with open({log!r}, "a") as log:
    print(*sys.argv[1:], sep=" ", file=log)
if "refused" in sys.argv:
    sys.exit("Permission denied (publickey).")
engine = socket.socket(socket.AF_UNIX)
engine.connect({engine!r})
def forward():
    while data := os.read(0, 65536):
        engine.sendall(data)
    engine.shutdown(socket.SHUT_WR)
threading.Thread(target=forward, daemon=True).start()
while data := engine.recv(65536):
    os.write(1, data)
"""


@pytest.fixture
def unconfigured() -> Driver:
    """The docker provider before it knows its host: enough for previews."""
    return Driver(DockerProvider())


@pytest.fixture
def command() -> Driver:
    """The command provider, configured."""
    driver = Driver(CommandProvider())
    driver.configure()
    return driver


@pytest.fixture
def ssh_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the ssh of this test, put first on PATH, takes note of its arguments."""
    log = tmp_path / "ssh.log"
    ssh = tmp_path / "ssh"
    ssh.write_text(_SSH.format(python=sys.executable, log=str(log), engine="/var/run/docker.sock"))
    ssh.chmod(ssh.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return log


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[docker.APIClient]:
    """A client of the Docker Engine, which has the probe's image."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    client = docker.APIClient(host, version="auto")
    _remove_leftovers(client)
    folder = tmp_path_factory.mktemp("probe")
    shutil.copy(PROBE / "Dockerfile", folder)
    golang.build(Layout(Path(__file__).parents[2]), PROBE, ".", folder / "probe")
    steps = client.build(path=str(folder), tag=IMAGE, decode=True, rm=True)
    assert not [step for step in steps if "error" in step]
    yield client
    _remove_leftovers(client)
    client.remove_image(IMAGE, force=True)
    client.close()


@pytest.fixture
def real(engine: docker.APIClient) -> Iterator[Driver]:
    """The docker provider on the real engine; whatever a test makes is removed."""
    driver = Driver(DockerProvider())
    driver.configure()
    yield driver
    _remove_leftovers(engine)


def _remove_leftovers(client: docker.APIClient) -> None:
    for container in client.containers(all=True, filters={"name": PREFIX}):
        client.remove_container(container["Id"], v=True, force=True)
    for network in client.networks(names=[PREFIX]):
        client.remove_network(network["Id"])
    for volume in client.volumes(filters={"name": PREFIX})["Volumes"] or []:
        client.remove_volume(volume["Name"], force=True)
