"""The way to a host is cut while a deployment goes over it."""

import os
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.image_copy import of_application
from tests.e2e.ssh_hosts import SshHosts
from tests.e2e.whole_application import assert_whole, wait_for_things

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a host of one's own needs root")

_WAIT_SECONDS = 60
# OpenSSH gives a silent server a minute; what else was under way finds that out one by one.
_GIVES_UP_SECONDS = 150


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHosts]:
    """A network with one host, which holds the application's images and nothing else."""
    with SshHosts(tmp_path_factory.mktemp("hosts"), count=1) as made:
        made[0].load(of_application())
        yield made


@pytest.mark.endurance
def test_a_way_cut_in_the_middle_of_an_up_is_given_up_in_time_and_the_next_up_goes_on(
    hosts: SshHosts, make_stack: MakeStack
) -> None:
    host = hosts[0]
    entry = {
        "address": host.endpoint,
        "hostKeys": [host.host_key],
        "identityFile": str(hosts.identity_file),
    }
    stack = make_stack("dev-cable-e2e", prefix_command=hosts.client_command, sshHosts=[entry])
    deploying = stack.start(*stack.up_command())
    client = host.client
    wait_for_things(stack, client, 4, deploying=deploying)
    client.close()
    host.cut()
    try:
        output, _ = deploying.communicate(timeout=_GIVES_UP_SECONDS)
    finally:
        host.mend()
    assert deploying.returncode != 0
    assert f"the connection to the Docker Engine at 'ssh://deploy@{host.address}" in output
    assert "check that it runs, then run again" in output
    assert "Traceback" not in output
    stack.up()
    client = host.client
    assert_whole(stack, client)
    stack.remove(client)
