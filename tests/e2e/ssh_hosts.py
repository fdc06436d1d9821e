"""Docker hosts behind real SSH servers, and a network from which clients reach them."""

import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import docker

from airgap.commands import run
from components._engine_setup import DEPLOY_USER
from tests.e2e.debian_machine import DebianMachine
from tests.e2e.debian_root import EngineRoot, with_engine
from tests.e2e.image_copy import copy_images

_GATEWAY = "198.51.100.1"
_FIRST_ADDRESS = 11
_MOST_HOSTS = 200
_START_SECONDS = 60
_HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"


class SshHost:
    """A Debian 13 with an engine and an SSH server, set up by Dockyard's script.

    Args:
        name: its host name.
        address: its address in the network of the clients.
        machine: the running machine.
        link: words of an ``ip link set`` command that concerns the cable to it.
    """

    def __init__(self, name: str, address: str, machine: DebianMachine, link: list[str]) -> None:
        self.name = name
        self.address = address
        self._machine = machine
        self._link = link

    @property
    def endpoint(self) -> str:
        """Return where a client finds the engine, as ``DOCKER_HOST`` takes it."""
        return f"ssh://{DEPLOY_USER}@{self.address}:22"

    @property
    def host_key(self) -> str:
        """Return the SSH server's public key, as type and key."""
        return " ".join(self._machine.path(f"{_HOST_KEY}.pub").read_text().split()[:2])

    @property
    def client(self) -> docker.DockerClient:
        """Return a new client of the engine, past SSH and the network."""
        return docker.DockerClient(base_url=self._socket)

    def load(self, references: Iterable[str]) -> None:
        """Copy images from the machine's own engine."""
        copy_images(references, self._socket)

    def admit_root(self, public_key: str) -> None:
        """Let root log in with a key, as on a machine that nobody has set up yet."""
        folder = self._machine.path("/root/.ssh")
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "authorized_keys").write_text(f"{public_key}\n")

    def read(self, path: str) -> str:
        """Return the text of one of its files."""
        return self._machine.path(path).read_text()

    def start_engine(self) -> None:
        """Start the engine and wait until it answers."""
        self._machine.run("service", "docker", "start")
        deadline = time.monotonic() + _START_SECONDS
        while self._machine.run("docker", "version", check=False).code != 0:
            log = self._machine.path("/var/log/docker.log")
            assert time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
            time.sleep(0.05)

    def stop_engine(self) -> None:
        """Stop the engine; its containers go on, as on any host with live-restore."""
        self._machine.run("service", "docker", "stop")

    def kill_engine(self) -> None:
        """Kill the engine the hard way, in the middle of whatever it does."""
        for process in ("docker.pid", "docker/containerd/containerd.pid"):
            # The machine has process numbers of its own.
            self._machine.run("sh", "-c", f"kill -KILL $(cat /run/{process}); rm /run/{process}")

    def cut(self) -> None:
        """Cut the cable: packets are lost, connections stay as they are."""
        run([*self._link, "down"])

    def mend(self) -> None:
        """Mend the cable."""
        run([*self._link, "up"])

    def start(self) -> None:
        """Start the SSH server, with a key of its own, and the engine."""
        for key in self._machine.path("/etc/ssh").glob("ssh_host_*"):
            key.unlink()
        self._machine.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", _HOST_KEY)
        self._machine.run("service", "ssh", "start")
        self.start_engine()

    @property
    def _socket(self) -> str:
        return f"unix://{self._machine.path('/run/docker.sock')}"


class SshHosts:
    """Docker hosts 198.51.100.11 and up, in a network that nothing else is connected to.

    Needs root. Nothing is left of them when the block ends.

    Args:
        folder: where what they write goes, in a folder of its own; on a disk.
        count: how many, 1 to 200.
    """

    def __init__(self, folder: Path, *, count: int) -> None:
        assert 1 <= count <= _MOST_HOSTS
        self._name = f"dockyard-{uuid.uuid4().hex[:6]}"
        self._folder = folder / self._name
        self._count = count
        self._exit = ExitStack()
        self._hosts: list[SshHost] = []
        self._root: EngineRoot = with_engine()

    def __enter__(self) -> Self:
        """Lay the network and start the hosts."""
        with self._exit:
            self._folder.mkdir(parents=True)
            self._exit.callback(shutil.rmtree, self._folder)
            self._add_namespace(self._name)
            self._ip("link", "add", "bridge", "type", "bridge")
            self._ip("address", "add", f"{_GATEWAY}/24", "dev", "bridge")
            self._ip("link", "set", "bridge", "up")
            for number in range(1, self._count + 1):
                self._hosts.append(self._add_host(number))
            with ThreadPoolExecutor() as pool:
                list(pool.map(SshHost.start, self._hosts))
            self._exit = self._exit.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the hosts and the network."""
        self._exit.close()

    def __getitem__(self, index: int) -> SshHost:
        """Return a host; the first has the index 0."""
        return self._hosts[index]

    def __iter__(self) -> Iterator[SshHost]:
        """Go through the hosts in order."""
        return iter(self._hosts)

    @property
    def client_command(self) -> list[str]:
        """Return the beginning of a command that runs in the network of the clients."""
        return ["nsenter", f"--net={_namespace(self._name)}", "--"]

    @property
    def identity_file(self) -> Path:
        """Return the private key that all hosts accept for deployments."""
        return self._root.identity_file

    def _add_host(self, number: int) -> SshHost:
        name, link = f"host{number}", f"to-host{number}"
        namespace = f"{self._name}-{number}"
        address = f"198.51.100.{_FIRST_ADDRESS + number - 1}"
        self._add_namespace(namespace)
        self._ip(*("link", "add", link, "type", "veth", "peer", "eth0", "netns", namespace))
        self._ip("link", "set", link, "master", "bridge", "up")
        self._ip("address", "add", f"{address}/24", "dev", "eth0", namespace=namespace)
        self._ip("link", "set", "eth0", "up", namespace=namespace)
        self._ip("route", "add", "default", "via", _GATEWAY, namespace=namespace)
        machine = self._exit.enter_context(
            DebianMachine(name, self._folder / name, self._root.layers, _namespace(namespace))
        )
        return SshHost(name, address, machine, ["ip", "-n", self._name, "link", "set", link])

    def _add_namespace(self, name: str) -> None:
        run(["ip", "netns", "add", name])
        self._exit.callback(run, ["ip", "netns", "delete", name])
        self._ip("link", "set", "lo", "up", namespace=name)

    def _ip(self, *words: str, namespace: str = "") -> None:
        run(["ip", "-n", namespace or self._name, *words])


def _namespace(name: str) -> Path:
    return Path("/run/netns", name)
