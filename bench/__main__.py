"""Print the table: ``python -m bench``, from the repository's root."""

import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import docker

from app import images
from bench import cli, resources
from bench.compose import Compose
from bench.ratio import Row, medians

_UP_RUNS = 5
_PREVIEW_RUNS = 9
_RESOURCE_RUNS = 5
_COUNTS = (10, 100, 1000)
_POOLS = (1, 10, 100)
_FLEETS = (1, 10, 50)
_FLEET_RUNS = 3
# Four seconds, where an empty program takes 0.7.
_FLEET_AIM = 5.7
# The smallest images of the course, in MB (10^6 bytes).
_COURSE_MB = {"ui": 297, "comment": 295, "post": 109}
_MB = 10**6
_IMAGE_AIM_MB = 70


def _deployment(home: Path, engine: docker.DockerClient) -> Iterator[Row]:
    ours = cli.reddit(home / "reddit")
    nothing = cli.empty(home / "empty")
    # Whatever happens in between, nothing is left on the engine.
    with ExitStack() as left:
        left.callback(_clear, ours, engine)
        ours.up()
        nothing.up()
        preview = medians(ours.preview, nothing.preview, _PREVIEW_RUNS)
        theirs = Compose(home / "compose", engine)
        left.callback(theirs.down)
        _clear(ours, engine)

        def ours_up() -> float:
            elapsed = ours.up()
            _clear(ours, engine)
            return elapsed

        def theirs_up() -> float:
            elapsed = theirs.up()
            theirs.down()
            return elapsed

        up = medians(ours_up, theirs_up, _UP_RUNS)
    yield Row("up from nothing, images present", *up, "s", "docker compose up --wait", 1.0)
    yield Row("preview without changes", *preview, "s", "an empty program's", 1.3)


def _fleets(home: Path) -> Iterator[Row]:
    nothing = cli.empty(home / "empty-fleet")
    seconds = {}
    for hosts in _FLEETS:
        fleet = cli.fleet(home / f"fleet{hosts}", hosts)
        ours, theirs = medians(fleet.preview, nothing.preview, _FLEET_RUNS)
        seconds[hosts] = ours
        aim = _FLEET_AIM if hosts == _FLEETS[0] else math.inf
        yield Row(f"preview of prod, hosts: {hosts}", ours, theirs, "s", "an empty program's", aim)
    one, ten, fifty = _FLEETS
    first = (seconds[ten] - seconds[one]) / (ten - one)
    more = (seconds[fifty] - seconds[ten]) / (fifty - ten)
    yield Row("one more host of fifty, in a preview", more, first, "s", "one more of ten", 1.25)


def _clear(ours: cli.Project, engine: docker.DockerClient) -> None:
    ours.destroy()
    for volume in engine.volumes.list(filters={"label": "org.dockyard.stack=dev-bench"}):
        volume.remove()


def _components() -> Iterator[Row]:
    for kind, what, counts in (
        ("networks", "BridgeNetworks", _COUNTS),
        ("apps", "RedditApp", _COUNTS),
        ("runners", "RunnerPool", _POOLS),
    ):
        for count in counts:
            ours, theirs = medians(
                partial(resources.seconds, kind, count),
                partial(resources.seconds, f"raw-{kind}", count),
                _RESOURCE_RUNS,
            )
            yield Row(
                f"{what}, a resource of {count}",
                1000 * ours / count,
                1000 * theirs / count,
                "ms",
                "the raw resource",
                # A pool of one is two registrations: the component's own is half of it.
                1.15 if count > 1 else math.inf,
            )


def _image_sizes(engine: docker.DockerClient) -> Iterator[Row]:
    for service, course in _COURSE_MB.items():
        size = engine.images.get(images.reference(service)).attrs["Size"] / _MB
        yield Row(f"image of {service}", size, course, "MB", "the course's", _IMAGE_AIM_MB / course)


def main() -> None:
    """Measure everything and print it line by line."""
    engine = docker.from_env()
    home = Path(tempfile.mkdtemp(prefix="dockyard-bench-"))
    try:
        for rows in (_image_sizes(engine), _components(), _fleets(home), _deployment(home, engine)):
            for row in rows:
                print(row, flush=True)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
