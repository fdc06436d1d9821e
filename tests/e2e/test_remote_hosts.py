"""The application on other machines: Debian 13's engine behind a real SSH server."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.image_copy import of_application
from tests.e2e.ssh_hosts import SshHost, SshHosts
from tests.e2e.stack import Stack, things_of

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="hosts of one's own need root")

PORT = 9292
_ENGINES_VERDICT = "update failed"
_UNREACHABLE_PORT = 2022


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHosts]:
    """Three hosts that hold the application's images and nothing else."""
    with SshHosts(tmp_path_factory.mktemp("hosts"), count=3) as made:
        for host in made:
            host.load(of_application())
        yield made


@pytest.fixture
def make(hosts: SshHosts, make_stack: MakeStack) -> Iterator[MakeStack]:
    """Make stacks on hosts, given by index; they go before the hosts do."""
    made: list[Stack] = []

    def make(name: str, *indexes: int, **config: Any) -> Stack:
        stack = make_stack(
            name,
            prefix_command=hosts.client_command,
            sshHosts=[_entry(hosts, index) for index in indexes],
            uiBindAddress="0.0.0.0",  # noqa: S104 - of a test host
            **{"readyTimeoutSeconds": 60, **config},
        )
        made.append(stack)
        return stack

    yield make
    for stack in made:
        stack.remove(*(host.client for host in hosts))


def _entry(hosts: SshHosts, index: int, **changes: Any) -> dict[str, Any]:
    return {
        "address": hosts[index].endpoint,
        "hostKeys": [hosts[index].host_key],
        "identityFile": str(hosts.identity_file),
        "name": hosts[index].name,
        **changes,
    }


def _page(hosts: SshHosts, host: SshHost) -> str:
    """Fetch the front page as a client in the hosts' network."""
    fetch = f"import urllib.request as u; print(u.urlopen('http://{host.address}:{PORT}/').read())"
    done = subprocess.run(  # noqa: S603
        [*hosts.client_command, "python3", "-c", fetch], capture_output=True, text=True, check=True
    )
    return done.stdout


def _ids(host: SshHost) -> set[str]:
    client = host.client
    found = {str(each.id) for each in client.containers.list()}
    client.close()
    return found


def _things(stack: Stack, host: SshHost) -> list[str]:
    client = host.client
    found = things_of(stack.name, client)
    client.close()
    return found


def test_the_whole_stack_comes_up_on_a_host_and_a_second_up_changes_nothing(
    hosts: SshHosts, make: MakeStack
) -> None:
    stack = make("dev-ssh-e2e", 0)
    stack.up()
    assert "dev-ssh-e2e" in _page(hosts, hosts[0])
    assert len(_things(stack, hosts[0])) == 7
    before = _ids(hosts[0])
    stack.up("--expect-no-changes")
    stack.up("--refresh", "--expect-no-changes")
    stack.preview("--refresh", "--expect-no-changes")
    assert _ids(hosts[0]) == before
    stack.destroy()
    assert _things(stack, hosts[0]) == ["reddit-ssh-e2e-ferretdb-data"]


def test_the_application_moves_to_another_host(hosts: SshHosts, make: MakeStack) -> None:
    stack = make("dev-moves-e2e", 0)
    stack.up()
    assert _things(stack, hosts[1]) == []
    stack.configure(sshHosts=[_entry(hosts, 1)])
    stack.up()
    assert "dev-moves-e2e" in _page(hosts, hosts[1])
    assert len(_things(stack, hosts[1])) == 7
    # The data is not destroyed with its host's role; moving it is the operator's decision.
    assert _things(stack, hosts[0]) == ["reddit-moves-e2e-ferretdb-data"]
    stack.preview("--refresh", "--expect-no-changes")


def test_three_hosts_at_once_and_one_taken_away(hosts: SshHosts, make: MakeStack) -> None:
    stack = make("prod-three-e2e", 0, 1, 2, hostCount=3)
    stack.up()
    for host in hosts:
        assert "prod-three-e2e" in _page(hosts, host)
    stays = _ids(hosts[0]) | _ids(hosts[1])
    stack.configure(hostCount=2)
    stack.up()
    assert _ids(hosts[0]) | _ids(hosts[1]) == stays
    assert _things(stack, hosts[2]) == ["reddit-three-e2e-ferretdb-data"]
    stack.preview("--refresh", "--expect-no-changes")
    # From the front, too: a host is known by its name, not by its place in the list.
    stack.configure(sshHosts=[_entry(hosts, 1)], hostCount=0)
    stack.up()
    assert len(_ids(hosts[1])) == 4
    assert _ids(hosts[1]) <= stays
    assert _things(stack, hosts[0]) == ["reddit-three-e2e-ferretdb-data"]


def test_protected_data_refuses_to_go_with_its_host(hosts: SshHosts, make: MakeStack) -> None:
    stack = make("prod-keeps-e2e", 0, 1, protectData=True)
    stack.up()
    stack.configure(hostCount=1)
    run = stack.preview(check=False)
    assert run.code != 0
    assert "cannot be deleted" in run.output
    # The message says how to mean it.
    assert "pulumi state unprotect" in run.output
    run = stack.destroy(check=False)
    assert run.code != 0
    assert "reddit-keeps-e2e-ferretdb-data" in _things(stack, hosts[0])
    assert "reddit-keeps-e2e-ferretdb-data" in _things(stack, hosts[1])
    stack.configure(protectData=False, hostCount=2)
    stack.up()


def test_an_engine_is_set_up_over_ssh_and_kept_so(hosts: SshHosts, make: MakeStack) -> None:
    host = hosts[2]
    host.admit_root(hosts.identity_file.with_suffix(".pub").read_text().strip())
    entry = _entry(hosts, 2, address=f"ssh://root@{host.address}")
    stack = make("dev-setup-e2e", sshSetUpEngine=True, engineAddressPool="172.20.0.0/16")
    stack.configure(sshHosts=[entry])
    stack.up()
    assert "172.20.0.0/16" in host.read("/etc/docker/daemon.json")
    assert "dev-setup-e2e" in _page(hosts, host)
    stack.up("--expect-no-changes")
    # Another setting reaches the engine, and the containers go on.
    before = _ids(host)
    stack.configure(engineAddressPool="172.21.0.0/16")
    stack.up()
    assert "172.21.0.0/16" in host.read("/etc/docker/daemon.json")
    assert _ids(host) == before


@pytest.fixture
def another_key(tmp_path: Path) -> Path:
    """A key pair that no host knows."""
    file = tmp_path / "key"
    keygen = shutil.which("ssh-keygen")
    assert keygen
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)  # noqa: S603
    return file


def _assert_refused(stack: Stack, hosts: SshHosts, *messages: str, bound_seconds: float) -> None:
    began = time.monotonic()
    run = stack.up(check=False)
    took = time.monotonic() - began
    assert run.code != 0
    said = [line for line in run.errors if line != _ENGINES_VERDICT]
    assert len(set(said)) == 1, run.output
    for message in messages:
        assert message in said[0]
    assert "Traceback" not in run.output
    assert took < bound_seconds
    assert [_things(stack, host) for host in hosts] == [[], [], []]
    assert stack.images() == set()


def test_a_wrong_host_key_is_refused(hosts: SshHosts, make: MakeStack, another_key: Path) -> None:
    stack = make("dev-hostkey-e2e")
    wrong = " ".join(another_key.with_suffix(".pub").read_text().split()[:2])
    stack.configure(sshHosts=[_entry(hosts, 0, hostKeys=[wrong])])
    _assert_refused(
        stack,
        hosts,
        f"ssh://deploy@{hosts[0].address}: the host's key is not the pinned one",
        bound_seconds=60,
    )


def test_a_wrong_private_key_is_refused(
    hosts: SshHosts, make: MakeStack, another_key: Path
) -> None:
    stack = make("dev-userkey-e2e")
    stack.configure(sshHosts=[_entry(hosts, 0, identityFile=str(another_key))])
    _assert_refused(stack, hosts, "the login was refused", "Permission denied", bound_seconds=60)


def test_an_unreachable_port_is_given_up_in_time(hosts: SshHosts, make: MakeStack) -> None:
    stack = make("dev-port-e2e", readyTimeoutSeconds=4)
    address = f"ssh://deploy@{hosts[0].address}:{_UNREACHABLE_PORT}"
    stack.configure(sshHosts=[_entry(hosts, 0, address=address)])
    _assert_refused(
        stack,
        hosts,
        f"{address}: waited 4 s for a Docker Engine in vain",
        "Connection refused",
        bound_seconds=60,
    )


def test_an_engine_that_never_gets_ready_is_given_up_in_time(
    hosts: SshHosts, make: MakeStack
) -> None:
    stack = make("prod-engine-e2e", 0, 2, readyTimeoutSeconds=4)
    hosts[2].stop_engine()
    try:
        # Not even on the other host, which is well, is anything made.
        _assert_refused_while_down(stack, hosts)
    finally:
        hosts[2].start_engine()
    # And as soon as it is ready, the same command succeeds.
    stack.up()
    assert len(_things(stack, hosts[2])) == 7


def _assert_refused_while_down(stack: Stack, hosts: SshHosts) -> None:
    # The engine of a host that is down can't be asked what is on it; its neighbour's can.
    run = stack.up(check=False)
    assert run.code != 0
    said = {line for line in run.errors if line != _ENGINES_VERDICT}
    assert len(said) == 1, run.output
    assert f"ssh://deploy@{hosts[2].address}: waited 4 s for a Docker Engine in vain" in said.pop()
    assert _things(stack, hosts[0]) == []
    assert stack.images() == set()


def test_a_preview_needs_no_way_to_the_hosts(hosts: SshHosts, make: MakeStack) -> None:
    stack = make("dev-offline-e2e", 0)
    hosts[0].cut()
    try:
        steps = stack.plan()["changeSummary"]
    finally:
        hosts[0].mend()
    assert steps == {"create": steps["create"]}
    assert steps["create"] > 15


def test_a_container_of_the_interrupted_past_makes_way(hosts: SshHosts, make: MakeStack) -> None:
    stack = make("dev-leftover-e2e", 0)
    stack.up()
    # The state forgets a container, as one does that is lost or was never written.
    (urn,) = [
        each["urn"]
        for each in stack.state()["deployment"]["resources"]
        if each["urn"].endswith("-ui") and each["type"].endswith(":Container")
    ]
    stack.pulumi("state", "delete", urn, "--stack", stack.name, "--yes")
    run = stack.up()
    assert "which an interrupted deployment left behind" in run.output
    assert "dev-leftover-e2e" in _page(hosts, hosts[0])
