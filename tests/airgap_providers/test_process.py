"""A plugin's process: how the engine starts it, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2_grpc

ROOT = Path(__file__).parents[2]
MODULES = [f"airgap.providers.{name}" for name in ("docker", "command", "gcp", "gitlab")]


@contextmanager
def started(command: list[str]) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A plugin's process and the port that it printed."""
    process = subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def plugin(module: str) -> list[str]:
    return [sys.executable, "-m", module, "127.0.0.1:1"]


@pytest.mark.parametrize("module", MODULES)
def test_it_prints_its_port_and_answers(module: str) -> None:
    with started(plugin(module)) as (_, port), grpc.insecure_channel(f"127.0.0.1:{port}") as ch:
        info = provider_pb2_grpc.ResourceProviderStub(ch).GetPluginInfo(Empty(), timeout=10)
        assert info.version.count(".") == 2


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_the_engine_asks(asked: signal.Signals) -> None:
    with started(plugin(MODULES[0])) as (process, _):
        process.send_signal(asked)
        assert process.wait(timeout=5) == 0
        assert process.stderr
        assert process.stderr.read() == ""


def test_it_ends_with_the_process_that_started_it() -> None:
    # The shell in between is killed; what it started must notice.
    shell = ["sh", "-c", f'"$0" -m {MODULES[0]} 127.0.0.1:1 & echo $!; wait', sys.executable]
    with started(shell) as (process, pid):
        assert process.stdout
        assert int(process.stdout.readline())
        process.kill()
        deadline = time.monotonic() + 10
        while _runs(pid):
            assert time.monotonic() < deadline, "the plugin outlived the engine"
            time.sleep(0.05)


def test_starting_it_leaves_out_the_sdk_and_docker_py() -> None:
    # Together they cost three times what the rest takes, on every preview.
    code = (
        "import sys; from airgap import wire_format;"
        "wire_format.without_sdk();"
        "import airgap.providers.docker.provider;"
        "print([m for m in ('pulumi.resource', 'docker', 'requests') if m in sys.modules])"
    )
    said = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan that ended stays listed until its new parent takes note.
    return " Z " not in Path(f"/proc/{pid}/stat").read_text()
