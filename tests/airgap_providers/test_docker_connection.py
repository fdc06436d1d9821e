"""Engines that are far away, and engines that go away."""

import json
import socketserver
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.airgap_providers.conftest import PREFIX
from tests.airgap_providers.driver import Aborted, Driver
from tests.serving import serving

NETWORK = "docker:index/network:Network"


class _DyingEngine(socketserver.BaseRequestHandler):
    """Says that it is there, and hangs up on everything else."""

    def handle(self) -> None:
        request = self.request.recv(65536)
        if b"/_ping" in request or b"/version" in request:
            body = json.dumps({"ApiVersion": "1.41"}).encode()
            self.request.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )


@pytest.fixture
def dying_engine(tmp_path: Path) -> Iterator[str]:
    """The address of an engine that dies in the middle of every operation."""
    path = tmp_path / "docker.sock"
    with serving(socketserver.ThreadingUnixStreamServer(str(path), _DyingEngine)):
        yield f"unix://{path}"


def test_an_engine_that_dies_is_one_clear_error(unconfigured: Driver, dying_engine: str) -> None:
    unconfigured.configure(host=dying_engine)
    with pytest.raises(Aborted) as failed:
        unconfigured.create(NETWORK, {"name": "a"})
    message = str(failed.value)
    assert "can't create the network a: the connection to the Docker Engine" in message
    assert dying_engine in message
    assert "check that it runs, then run again" in message
    assert "\n" not in message
    assert failed.value.left_behind is None


def test_a_refresh_of_an_engine_that_dies_does_not_empty_the_state(
    unconfigured: Driver, dying_engine: str
) -> None:
    unconfigured.configure(host=dying_engine)
    for token in (NETWORK, "docker:index/volume:Volume", "docker:index/container:Container"):
        with pytest.raises(Aborted, match="the connection to the Docker Engine"):
            unconfigured.read(token, "id", {"name": "a"}, {"name": "a"})


@pytest.mark.usefixtures("engine")
def test_an_ssh_host_is_driven_through_the_local_ssh(
    unconfigured: Driver, engine: docker.APIClient, ssh_log: Path
) -> None:
    unconfigured.configure(host="ssh://me@machine:2222", sshOpts='["-o", "BatchMode=yes"]')
    assert not ssh_log.exists()
    network_id, state = unconfigured.create(NETWORK, {"name": f"{PREFIX}ssh"})
    assert engine.inspect_network(network_id)["Name"] == f"{PREFIX}ssh"
    unconfigured.delete(NETWORK, network_id, state)
    assert engine.networks(ids=[network_id]) == []
    assert set(ssh_log.read_text().splitlines()) == {
        "-o BatchMode=yes -l me -p 2222 -- machine docker system dial-stdio"
    }


def test_why_ssh_failed_is_said(unconfigured: Driver, ssh_log: Path) -> None:
    unconfigured.configure(host="ssh://refused")
    with pytest.raises(Aborted, match=r"Permission denied \(publickey\)"):
        unconfigured.create(NETWORK, {"name": "a"})
    assert ssh_log.exists()


@pytest.mark.usefixtures("ssh_log")
def test_a_provider_that_is_killed_leaves_no_folder_of_its_way_to_an_ssh_host(
    unconfigured: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not pytest's own folder: the path of a socket has room for 107 characters.
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        unconfigured.configure(host="ssh://refused")
        with pytest.raises(Aborted, match="Permission denied"):
            unconfigured.create(NETWORK, {"name": "a"})
        assert list(Path(folder).iterdir()) == []
