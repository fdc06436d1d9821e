"""What a component costs over the same resources registered without it.

Run as a program, it registers one kind of resources once, on Pulumi's mocks and in a process of
its own, and prints the seconds that it took.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime import mocks

from bench import raw
from components import (
    BridgeNetworkArgs,
    BridgeNetworks,
    RedditApp,
    RedditAppArgs,
    RunnerPool,
)


class _Answers(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:
        return {}, None


def seconds(kind: str, count: int) -> float:
    """Register resources in a fresh process and return the seconds that it took.

    Args:
        kind: ``networks``, ``apps`` or ``runners``, or ``raw-`` and one of them.
        count: how many resources, components not counted.
    """
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bench.resources", kind, str(count)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(run.stdout)


def _networks(count: int) -> None:
    networks: dict[str, BridgeNetworkArgs] = {
        f"net{index}": {"subnet": f"10.{index // 250}.{index % 250}.0/24"} for index in range(count)
    }
    BridgeNetworks("nets", {"networks": networks, "labels": {"org.dockyard.stack": "bench"}})


def _app_args(index: int) -> RedditAppArgs:
    return {
        "prefix": f"reddit{index}",
        "front_network_id": "front",
        "back_network_id": "back",
        "ui": {"image": "ui:1"},
        "post": {"image": "post:1"},
        "comment": {"image": "comment:1"},
        "database": {"image": "mongo:8.0"},
    }


def _apps(count: int) -> None:
    for index in range(count // raw.RESOURCES_PER_APP):
        RedditApp(f"app{index}", _app_args(index))


def _runners(count: int) -> None:
    RunnerPool(
        "runners",
        {
            "prefix": "ci",
            "gitlab_url": "https://gitlab.example.org",
            "token": "glrt-bench",
            "network_id": "runners",
            "count": count,
        },
    )


_KINDS: dict[str, Callable[[int], None]] = {
    "networks": _networks,
    "raw-networks": raw.networks,
    "apps": _apps,
    "raw-apps": raw.apps,
    "runners": _runners,
    "raw-runners": raw.runners,
}


def _main() -> None:
    kind, count = sys.argv[1], int(sys.argv[2])
    mocks.set_mocks(_Answers(), project="dockyard", stack="bench", preview=False)
    started = time.perf_counter()

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def everything() -> None:
        _KINDS[kind](count)

    everything()
    print(time.perf_counter() - started)


if __name__ == "__main__":
    _main()
