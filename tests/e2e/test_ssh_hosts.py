"""Docker hosts behind SSH, as the set-up script leaves them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.ssh_hosts import SshHost, SshHosts

# More than ten, where sshd begins to turn away by default.
_PARALLEL = 24


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHosts]:
    """Three hosts in one network."""
    with SshHosts(tmp_path_factory.mktemp("hosts"), count=3) as hosts:
        yield hosts


class _Client:
    """A client whose SSH has one identity and trusts the given host keys alone."""

    def __init__(self, hosts: SshHosts, folder: Path, known: dict[str, str]) -> None:
        ssh = shutil.which("ssh")
        assert ssh
        folder.mkdir()
        (folder / "known_hosts").write_text("".join(f"{a} {key}\n" for a, key in known.items()))
        options = {
            "IdentityFile": hosts.identity_file,
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": folder / "known_hosts",
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "BatchMode": "yes",
            "ConnectTimeout": "10",
        }
        (folder / "config").write_text("".join(f"{k} {v}\n" for k, v in options.items()))
        # Docker calls whatever `ssh` is on PATH, and that doesn't look for its settings in HOME.
        (folder / "ssh").write_text(f'#!/bin/sh\nexec {ssh} -F {folder}/config "$@"\n')
        (folder / "ssh").chmod(0o755)
        self._prefix = hosts.client_command
        self._path = f"{folder}:{os.environ['PATH']}"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the clients' network."""
        return subprocess.run(  # noqa: S603
            [*self._prefix, *command],
            env={**os.environ, "PATH": self._path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def server_version(self, host: SshHost) -> subprocess.CompletedProcess[str]:
        """Ask a host's engine for its version, through Docker's own way over SSH."""
        words = ("version", "--format", "{{.Server.Version}}")
        return self.run("docker", "--host", host.endpoint, *words)

    def ssh(self, host: SshHost, *words: str) -> subprocess.CompletedProcess[str]:
        """Call `ssh` as the account for deployments."""
        return self.run("ssh", *words[:-1], f"deploy@{host.address}", words[-1])


@pytest.fixture(scope="module")
def client(hosts: SshHosts, tmp_path_factory: pytest.TempPathFactory) -> _Client:
    """A client that knows the hosts' keys."""
    known = {host.address: host.host_key for host in hosts}
    return _Client(hosts, tmp_path_factory.mktemp("client") / "right", known)


def test_docker_reaches_each_host_by_its_pinned_key(hosts: SshHosts, client: _Client) -> None:
    for host in hosts:
        answer = client.server_version(host)
        assert answer.returncode == 0, answer.stderr
        assert int(answer.stdout.split(".")[0]) >= 26
        assert client.ssh(host, "hostname").stdout == f"{host.name}\n"


def test_another_hosts_key_is_not_trusted(hosts: SshHosts, tmp_path: Path) -> None:
    wrong = _Client(hosts, tmp_path / "wrong", {hosts[0].address: hosts[1].host_key})
    answer = wrong.server_version(hosts[0])
    assert answer.returncode != 0
    assert "Host key verification failed" in answer.stderr


def test_a_crowd_of_connections_is_let_in(hosts: SshHosts, client: _Client) -> None:
    with ThreadPoolExecutor(_PARALLEL) as pool:
        answers = list(pool.map(lambda _: client.server_version(hosts[0]), range(_PARALLEL)))
    assert [each.stderr for each in answers if each.returncode] == []


def test_the_account_gets_no_terminal_and_no_tunnel(hosts: SshHosts, client: _Client) -> None:
    assert not client.ssh(hosts[0], "-tt", "tty").stdout.startswith("/dev/")
    forwarded = client.ssh(hosts[0], "-W", "127.0.0.1:22", "")
    assert forwarded.returncode != 0
    assert "administratively prohibited" in forwarded.stderr
    assert client.ssh(hosts[0], "sudo -n true").returncode != 0


def test_the_engines_share_nothing(hosts: SshHosts) -> None:
    engines = [host.client for host in hosts]
    for engine in engines:
        engine.networks.create("same")
    assert len({engine.networks.list(["same"])[0].id for engine in engines}) == len(engines)
    engines[0].networks.list(["same"])[0].remove()
    assert [len(engine.networks.list(["same"])) for engine in engines] == [0, 1, 1]
    for engine in engines:
        engine.close()


def test_a_cable_is_cut_and_mended(hosts: SshHosts, client: _Client) -> None:
    hosts[1].cut()
    assert "timed out" in client.ssh(hosts[1], "true").stderr
    assert client.server_version(hosts[2]).returncode == 0
    hosts[1].mend()
    assert client.server_version(hosts[1]).returncode == 0


def test_an_engine_stops_and_starts(hosts: SshHosts, client: _Client) -> None:
    hosts[2].stop_engine()
    assert client.server_version(hosts[2]).returncode != 0
    assert client.ssh(hosts[2], "true").returncode == 0
    hosts[2].start_engine()
    assert client.server_version(hosts[2]).returncode == 0


def test_nothing_is_left_of_hosts_that_are_gone(tmp_path: Path) -> None:
    def traces() -> set[str]:
        groups = {str(each) for each in Path("/sys/fs/cgroup").glob("*/dockyard-*")}
        namespaces = {str(each) for each in Path("/run/netns").glob("dockyard-*")}
        return groups | namespaces | {str(each) for each in tmp_path.iterdir()}

    with SshHosts(tmp_path, count=1) as passing:
        during = traces()
        client = passing[0].client
        assert client.ping()
        client.close()
    mine = {each for each in during if passing.client_command[1].rpartition("/")[2] in each}
    assert mine
    assert not traces() & mine
    assert list(tmp_path.iterdir()) == []
