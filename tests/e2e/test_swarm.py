"""The application on a Docker Swarm of three hosts: it outlives a host, and its own updates."""

import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import docker
import pytest

from airgap.gateway_image import IMAGE as GATEWAY_IMAGE
from app import images
from tests.e2e.conftest import MakeStack
from tests.e2e.image_copy import of_application
from tests.e2e.load_elsewhere import LoadElsewhere
from tests.e2e.ssh_hosts import SshHost, SshHosts
from tests.e2e.stack import Stack

pytestmark = [
    pytest.mark.endurance,
    pytest.mark.skipif(os.geteuid() != 0, reason="hosts of one's own need root"),
]

PORT = 19600
_ANSWERS_AGAIN_SECONDS = 30
_SETTLE_SECONDS = 120
# Three engines and a dozen containers share a machine with the load; it is about losing none.
_RATE = 10
_EXCUSE = "answer"
_SERVICES = {"ui": 2, "post": 2, "comment": 2, "database": 1, "backup": 1}
_FETCH = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], data=sys.argv[2].encode() or None, timeout=5).read())
"""


def _version(tag: str, changes: str) -> str:
    """Build another version of the ui on this machine's engine; return its reference."""
    reference = f"dockyard-test/ui:{tag}"
    subprocess.run(  # noqa: S603
        ["docker", "build", "--quiet", "--tag", reference, "-"],  # noqa: S607
        input=f"FROM {images.reference('ui')}\n{changes}\n".encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return reference


@pytest.fixture(scope="module")
def versions() -> Iterator[dict[str, str]]:
    """Versions of the ui: one that is well, and one that never gets well."""
    made = {
        "good": _version("good", "ENV UI_VERSION=good"),
        "bad": _version("bad", 'ENTRYPOINT []\nCMD ["sleep", "1000000"]'),
    }
    yield made
    client = docker.from_env()
    for reference in made.values():
        client.images.remove(reference)
    client.close()


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory, versions: dict[str, str]) -> Iterator[SshHosts]:
    """Three hosts that hold the images and nothing else."""
    references = [*of_application(), images.reference(images.BACKUP), GATEWAY_IMAGE]
    references += versions.values()
    with SshHosts(tmp_path_factory.mktemp("hosts"), count=3) as made:
        for host in made:
            host.load(references)
            host.admit_root(made.identity_file.with_suffix(".pub").read_text().strip())
        yield made


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack, hosts: SshHosts) -> Iterator[Stack]:
    """The application on the Swarm, deployed over SSH; the set-up switches live-restore off."""
    made = make_stack(
        "prod-swarm-e2e",
        prefix_command=hosts.client_command,
        sshHosts=[_entry(hosts, host) for host in hosts],
        sshSetUpEngine=True,
        swarm=True,
        # This machine's kernel may lack what encryption needs (IPsec ESP).
        swarmEncryption=False,
        gatewayImage=GATEWAY_IMAGE,
        backupEveryHours=24,
        uiPort=PORT,
        uiBindAddress="0.0.0.0",  # noqa: S104 - of test hosts
        frontSubnet="10.231.1.0/24",
        backSubnet="10.231.2.0/24",
        healthIntervalSeconds=5,
        startTimeoutSeconds=45,
    )
    made.up()
    yield made
    made.destroy()
    # A Swarm removes the containers of a service that is gone in its own time.
    for role in ("database", "backup"):
        _wait_for_images(hosts, set(), role, stopped=True)
    made.remove(*(host.client for host in hosts))


def _entry(hosts: SshHosts, host: SshHost) -> dict[str, Any]:
    return {
        "address": f"ssh://root@{host.address}",
        "hostKeys": [host.host_key],
        "identityFile": str(hosts.identity_file),
        "name": host.name,
    }


def _fetch(hosts: SshHosts, host: SshHost, path: str = "/", form: str = "") -> str:
    """Fetch a page as a client in the hosts' network; empty if it isn't whole."""
    command = ["python3", "-c", _FETCH, f"http://{host.address}:{PORT}{path}", form]
    done = subprocess.run(  # noqa: S603
        [*hosts.client_command, *command], capture_output=True, text=True, check=False
    )
    return "" if done.returncode or _EXCUSE in done.stdout else done.stdout


def _wait_for_page(hosts: SshHosts, host: SshHost, seconds: float, text: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not (page := _fetch(hosts, host)) or text not in page:
        assert time.monotonic() < deadline, f"{host.name} has no {text!r} after {seconds} s"
        time.sleep(0.5)


def _services(host: SshHost) -> dict[str, int]:
    """Return how many containers of each service run, by the service's role."""
    client = host.client
    running: dict[str, int] = {}
    for service in client.services.list():
        role = service.name.rpartition("-")[2]
        tasks = service.tasks({"desired-state": "running"})  # type: ignore[no-untyped-call]
        running[role] = sum(task["Status"]["State"] == "running" for task in tasks)
    client.close()
    return running


def _images(hosts: SshHosts, role: str = "ui", *, stopped: bool = False) -> set[str]:
    """Return the images of all containers of a service, on any host; of stopped ones if asked."""
    mine: dict[str, str | list[str] | bool] = {"label": f"org.dockyard.role={role}"}
    found = set()
    for host in hosts:
        client = host.client
        for each in client.containers.list(all=stopped, ignore_removed=True, filters=mine):
            found.add(str(each.attrs["Image"]))
        client.close()
    return found


def _wait_for_images(
    hosts: SshHosts, wanted: set[str], role: str = "ui", *, stopped: bool = False
) -> None:
    """Wait until a service's containers are of these images: an old one goes after the update."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while (found := _images(hosts, role, stopped=stopped)) != wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def _image_id(host: SshHost, reference: str) -> str:
    client = host.client
    found = str(client.images.get(reference).id)
    client.close()
    return found


def test_every_host_answers_and_a_second_up_changes_nothing(hosts: SshHosts, stack: Stack) -> None:
    for host in hosts:
        _wait_for_page(hosts, host, _SETTLE_SECONDS)
    assert _services(hosts[0]) == {**_SERVICES, "gateway": 3}
    stack.up("--expect-no-changes")
    stack.up("--refresh", "--expect-no-changes")


def test_no_token_is_kept(stack: Stack) -> None:
    assert "SWMTKN" not in stack.pulumi("stack", "export", "--stack", stack.name).output


def test_a_backup_is_tried_and_brought_back(hosts: SshHosts, stack: Stack) -> None:
    _publish(hosts, "before the backup")
    assert "documents is as it was" in _recovery(stack, "drill", "--fresh")
    _publish(hosts, "after the backup")
    _recovery(stack, "restore", "--yes")
    _wait_for_page(hosts, hosts[1], _SETTLE_SECONDS, "before the backup")
    assert "after the backup" not in _fetch(hosts, hosts[1])
    stack.preview("--refresh", "--expect-no-changes")


def _publish(hosts: SshHosts, title: str) -> None:
    # A deployment just done is answered for once the gateway has seen the ui well twice.
    _wait_for_page(hosts, hosts[0], _SETTLE_SECONDS)
    form = urlencode({"title": title, "link": "https://example.com/"})
    assert _fetch(hosts, hosts[0], "/new", form), f"{title!r} was not accepted"
    _wait_for_page(hosts, hosts[0], _SETTLE_SECONDS, title)


def _recovery(stack: Stack, command: str, *arguments: str) -> str:
    process = stack.start_module("recovery", command, "--stack", stack.name, *arguments)
    output, _ = process.communicate(timeout=_SETTLE_SECONDS)
    assert process.returncode == 0, output
    return output


def test_an_update_loses_no_request(
    hosts: SshHosts, stack: Stack, versions: dict[str, str]
) -> None:
    before = _images(hosts)
    with LoadElsewhere(
        hosts.client_command, f"http://{hosts[1].address}:{PORT}", rate=_RATE
    ) as load:
        stack.configure(uiImage=versions["good"])
        stack.up()
    load.assert_nothing_lost()
    wanted = {_image_id(hosts[0], versions["good"])}
    assert wanted != before
    _wait_for_images(hosts, wanted)


def test_an_update_that_never_gets_well_goes_back_by_itself_and_loses_no_request(
    hosts: SshHosts, stack: Stack, versions: dict[str, str]
) -> None:
    good = _images(hosts)
    with LoadElsewhere(
        hosts.client_command, f"http://{hosts[1].address}:{PORT}", rate=_RATE
    ) as load:
        stack.configure(uiImage=versions["bad"])
        run = stack.up(check=False)
    assert run.code != 0
    assert "was not updated: it ended as rollback_completed" in run.output
    load.assert_nothing_lost()
    _wait_for_images(hosts, good)
    stack.configure(uiImage=versions["good"])
    stack.up()
    stack.preview("--refresh", "--expect-no-changes")


def test_a_host_that_dies_is_made_up_for_by_the_others_and_no_data_is_lost(
    hosts: SshHosts, stack: Stack
) -> None:
    assert stack
    # Neither the database's host nor, after this, a majority of the managers.
    lost, left = hosts[2], (hosts[0], hosts[1])
    _publish(hosts, "before the loss")
    lost.kill_engine()
    lost.cut()
    try:
        for host in left:
            _wait_for_page(hosts, host, _ANSWERS_AGAIN_SECONDS, "before the loss")
        deadline = time.monotonic() + _SETTLE_SECONDS
        # The gateway's place on the lost host stays its own.
        while (found := _services(left[0])) | {"gateway": 2} != {**_SERVICES, "gateway": 2}:
            assert time.monotonic() < deadline, found
            time.sleep(1)
    finally:
        lost.mend()
        lost.start_engine()
    _wait_for_page(hosts, lost, _SETTLE_SECONDS, "before the loss")


def test_a_host_that_is_taken_away_leaves_the_swarm(hosts: SshHosts, stack: Stack) -> None:
    stack.configure(sshHosts=[_entry(hosts, host) for host in (hosts[0], hosts[1])])
    stack.up()
    for host in (hosts[0], hosts[1]):
        _wait_for_page(hosts, host, _SETTLE_SECONDS)
    client = hosts[2].client
    assert client.info()["Swarm"]["LocalNodeState"] == "inactive"
    client.close()
    stack.preview("--refresh", "--expect-no-changes")
