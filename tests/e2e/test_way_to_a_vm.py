"""The way to a VM on Google Compute Engine: its tunnel, and its published host key.

Google's command is played by a script that answers as the real one is documented to; OpenSSH, the
SSH server and the engine behind it are real.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from components import _gce_machines, _ssh
from components._ssh import SshMachine
from tests.e2e.ssh_hosts import SshHosts
from tests.unit.hosts import HOST_KEY, gce_host

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="hosts of one's own need root")

VM, ZONE = "reddit-1", "europe-west1-b"
_GCLOUD = """#!/bin/sh
echo "$*" >> {folder}/calls
case "$*" in
"compute instances get-guest-attributes {vm} --zone={zone} --project=my-project-42 "*)
  echo "hostkeys {key}" ;;
"compute start-iap-tunnel {vm} 22 --listen-on-stdin --zone={zone} --project=my-project-42 "*)
  exec python3 -c "
import os, socket, threading
far = socket.create_connection(('{address}', 22))
def up():
    while chunk := os.read(0, 65536): far.sendall(chunk)
    far.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while chunk := far.recv(65536): os.write(1, chunk)
" ;;
*) exit 2 ;;
esac
"""


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHosts]:
    """One host."""
    with SshHosts(tmp_path_factory.mktemp("hosts"), count=1) as made:
        yield made


def _docker_version(
    hosts: SshHosts, folder: Path, *, published: str, ranges: list[str]
) -> subprocess.CompletedProcess[str]:
    """Ask the VM's engine for its version, while Google says that its host key is this one."""
    gcloud = folder / "gcloud"
    gcloud.write_text(
        _GCLOUD.format(folder=folder, vm=VM, zone=ZONE, key=published, address=hosts[0].address)
    )
    gcloud.chmod(0o755)
    args = gce_host(ssh_source_ranges=ranges, identity_file=str(hosts.identity_file))
    way = _gce_machines.way_to(args, VM, ZONE, hosts[0].address)
    options = _ssh.common_options(identity=str(folder), identity_file=str(hosts.identity_file))
    machine = SshMachine(user="deploy", host=VM, options=(*options, *way))
    return subprocess.run(  # noqa: S603
        [
            *hosts.client_command,
            *_command(machine),
            "docker version --format '{{.Server.Version}}'",
        ],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def _command(machine: SshMachine) -> list[str]:
    # Without the shared connection, which would outlive the call and the host.
    options = [
        f"-o{keyword}={value}"
        for keyword, value in machine.options
        if not keyword.startswith("Control")
    ]
    return ["ssh", *options, "-l", machine.user, "-p", str(machine.port), "--", machine.host]


@pytest.mark.parametrize("ranges", [[], ["198.51.100.0/24"]], ids=["tunnel", "direct"])
def test_a_vm_that_publishes_its_key_is_reached(
    hosts: SshHosts, tmp_path: Path, ranges: list[str]
) -> None:
    answer = _docker_version(hosts, tmp_path, published=hosts[0].host_key, ranges=ranges)
    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout.split(".")[0]) >= 26
    calls = (tmp_path / "calls").read_text()
    assert ("start-iap-tunnel" in calls) == (not ranges)
    assert "--query-path=hostkeys/ --format=value[separator=' '](namespace,key,value)" in calls
    # The quota is ten lookups a minute.
    assert calls.count("get-guest-attributes") <= 2


@pytest.mark.parametrize("ranges", [[], ["198.51.100.0/24"]], ids=["tunnel", "direct"])
def test_one_that_has_another_key_is_not(
    hosts: SshHosts, tmp_path: Path, ranges: list[str]
) -> None:
    answer = _docker_version(hosts, tmp_path, published=HOST_KEY, ranges=ranges)
    assert answer.returncode == 255
    assert "Host key verification failed" in answer.stderr
