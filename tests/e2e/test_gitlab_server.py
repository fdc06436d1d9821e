"""A GitlabServer of real containers, on an image that says what it was given and what it did."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from tests.e2e.project import Project
from tests.e2e.stack import REPOSITORY, Run

PASSWORD = "e2e-Root-9d41c7a0b2"  # noqa: S105 - nobody's
PREFIX = "gitlab-e2e"
OLD, NEW = "19.2.0", "19.3.0"
VOLUMES = {f"{PREFIX}-{role}" for role in ("config", "logs", "data", "backups")}
_LOG = "/var/log/gitlab/stand-in.log"
_DATA = "/var/opt/gitlab"
_REPOSITORY_NAME = "dockyard/stand-in-gitlab"
_IMAGE_FOLDER = Path(__file__).parent / "stand_in_images" / "gitlab"
_BASE_IMAGE = (REPOSITORY / ".dockyard/base-image").read_text().strip()
_WAIT_SECONDS = 300

PROGRAM = """
import pulumi

from components import BridgeNetworks, DockerHost
from components.gitlab_server import GitlabServer

config = pulumi.Config()
host = DockerHost("here", {})
on_host = pulumi.ResourceOptions(provider=host.provider)
networks = BridgeNetworks(
    "networks", {"networks": {"gitlab-e2e-net": {"subnet": "10.218.41.0/24"}}}, on_host
)
server = GitlabServer(
    "gitlab",
    {
        "prefix": "gitlab-e2e",
        "external_url": "http://gitlab.test:19700",
        "network_id": networks.network_ids["gitlab-e2e-net"],
        "ssh_port": 19722,
        "root_password": config.require_secret("password"),
        "memory_mib": 2048,
        "cpus": 1.0,
        "health_interval_seconds": 1,
        "start_timeout_seconds": 60,
        **config.require_object("server"),
    },
    on_host,
)
pulumi.export("api_token", server.api_token)
pulumi.export("version", server.version)
"""


def _image(version: str, edition: str = "ce") -> str:
    return f"{_REPOSITORY_NAME}:{version}-{edition}.0"


class Server(Project):
    """A project whose one stack is a server."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "gitlab", PROGRAM)
        self.pulumi("config", "set", "--secret", "password", PASSWORD)

    def configure(self, version: str = OLD, edition: str = "ce", **server: object) -> None:
        """Set the server's release and its other arguments, over what the program says."""
        self.set("server", {"image": _image(version, edition), **server})

    def secrets(self) -> dict[str, str]:
        """Return what nobody may see, by its name."""
        # Not among what was said: it was asked for.
        shown, _ = self.start("stack", "output", "--json", "--show-secrets").communicate()
        return {"root's password": PASSWORD, "the API token": json.loads(shown)["api_token"]}


@pytest.fixture(scope="module")
def images(engine: docker.DockerClient) -> Iterator[None]:
    """The stand-in's image, as two versions of GitLab."""
    for version in (OLD, NEW):
        engine.images.build(
            fileobj=_build_context(),
            custom_context=True,
            tag=_image(version),
            buildargs={"BASE_IMAGE": _BASE_IMAGE, "VERSION": version},
            rm=True,
        )
    yield
    for version in (OLD, NEW):
        engine.images.remove(_image(version))


def _build_context() -> io.BytesIO:
    bash = shutil.which("bash")
    assert bash, "the stand-in takes this machine's bash: apt-get install bash"
    loads = subprocess.run(  # noqa: S603
        ["ldd", bash],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    libraries = [Path(each) for each in re.findall(r"(/\S+) \(", loads)]
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w", dereference=True) as archive:
        for file in ("Dockerfile", "gitlab.py"):
            archive.add(_IMAGE_FOLDER / file, file)
        archive.add(bash, "bash/bash")
        for library in libraries:
            name = "loader" if library.name.startswith("ld-linux") else library.name
            archive.add(library, f"bash/{name}")
    context.seek(0)
    return context


def _remove_volumes(engine: docker.DockerClient) -> None:
    for volume in engine.volumes.list():
        if volume.name in VOLUMES:
            volume.remove()


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, engine: docker.DockerClient, images: None
) -> Iterator[Server]:
    """A server to be, which is gone at the end, data and all."""
    project = Server(tmp_path_factory.mktemp("gitlab"))
    yield project
    project.destroy()
    _remove_volumes(engine)


@pytest.fixture
def server(engine: docker.DockerClient, project: Server) -> Server:
    """A healthy server of the old version; the test leaves it as it found it."""
    project.configure()
    if not _containers(engine):
        project.up()
    return project


@pytest.fixture
def expendable(engine: docker.DockerClient, server: Server) -> Iterator[Server]:
    """A healthy server of the old version, for this test alone."""
    yield server
    server.destroy()
    _remove_volumes(engine)


def _containers(engine: docker.DockerClient) -> list[Container]:
    # One that is being replaced may go meanwhile.
    return engine.containers.list(ignore_removed=True, filters={"name": f"^/{PREFIX}-gitlab$"})


def _container(engine: docker.DockerClient) -> Container:
    return engine.containers.get(f"{PREFIX}-gitlab")


def _id(engine: docker.DockerClient) -> str:
    return str(_container(engine).id)


def _health(container: Container) -> str:
    container.reload()
    return str(container.attrs["State"]["Health"]["Status"])


def _log(container: Container) -> list[dict[str, Any]]:
    """Return what one container said, without what came from anybody else."""
    lines = [line for line in container.logs().splitlines() if line.startswith(b"{")]
    return [json.loads(line) for line in lines]


def _events(container: Container) -> list[str]:
    return [each["event"] for each in _log(container)]


def _first(container: Container, event: str) -> dict[str, Any]:
    return next(each for each in _log(container) if each["event"] == event)


def _history(container: Container) -> list[dict[str, Any]]:
    """Return what all containers said that ever had these volumes."""
    return [json.loads(line) for line in _in(container, "cat", _LOG).splitlines()]


def _in(container: Container, *command: str) -> str:
    done = container.exec_run(list(command))
    assert done.exit_code == 0, done.output
    assert isinstance(done.output, bytes)
    return done.output.decode()


@contextmanager
def _file(engine: docker.DockerClient, name: str, content: str = "") -> Iterator[None]:
    """Keep a file in the server's data for a while, whichever container has it by then."""
    _in(_container(engine), "sh", "-c", f'printf %s "$1" >{_DATA}/{name}', "sh", content)
    try:
        yield
    finally:
        _in(_container(engine), "rm", f"{_DATA}/{name}")


def _assert_only_error(run: Run, reason: str) -> None:
    # What Pulumi says of the whole run comes with every error.
    errors = [each for each in run.errors if each not in {"preview failed", "update failed"}]
    assert len(errors) == 1, run.output
    assert reason in errors[0]


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def test_the_files_are_in_place_before_gitlab_starts_and_secret_ones_are_roots(
    engine: docker.DockerClient, server: Server
) -> None:
    files = _first(_container(engine), "started")["files"]
    assert {path: (each["mode"], each["user"]) for path, each in files.items()} == {
        "/omnibus_config.rb": ("0400", 0),
        "/opt/dockyard/secrets.json": ("0400", 0),
        "/opt/dockyard/bootstrap": ("0555", 0),
        "/opt/dockyard/bootstrap.rb": ("0444", 0),
        "/opt/dockyard/backup": ("0555", 0),
        "/opt/dockyard/cron.d/dockyard": ("0444", 0),
        "/opt/gitlab/sv/dockyard-schedule/run": ("0555", 0),
    }


def test_the_console_gets_password_and_token_from_standard_input(
    engine: docker.DockerClient, server: Server
) -> None:
    secrets = server.secrets()
    wanted = {
        "root_password": secrets["root's password"],
        "api_token": secrets["the API token"],
        "token_name": "dockyard",
        "token_scopes": ["api"],
    }
    given = _first(_container(engine), "rails began")
    assert given["arguments"] == ["runner", "/opt/dockyard/bootstrap.rb"]
    expected = json.dumps(wanted, sort_keys=True).encode()
    assert given["sha256"] == hashlib.sha256(expected).hexdigest()


def test_gitlab_does_not_wait_for_its_console_while_it_starts(
    engine: docker.DockerClient, server: Server
) -> None:
    events = _events(_container(engine))
    assert events.index("hook returned") < events.index("rails began")


def test_backups_and_the_tokens_renewal_are_scheduled_and_would_work(
    engine: docker.DockerClient, server: Server
) -> None:
    container = _container(engine)
    nightly, weekly = _first(container, "scheduled")["lines"]
    for line, time_and_user, events in [
        (nightly, "30 2 * * * root", ["backed up", "backed up"]),
        (weekly, "17 4 * * 0 root", ["rails began", "rails ended"]),
    ]:
        assert line.startswith(f"{time_and_user} ")
        before = _events(container)
        _in(container, "sh", "-c", line.removeprefix(time_and_user))
        assert _events(container) == [*before, *events]


@pytest.mark.parametrize("refresh", [[], ["--refresh"]])
def test_a_second_run_changes_nothing(
    engine: docker.DockerClient, server: Server, refresh: list[str]
) -> None:
    before = _id(engine)
    server.pulumi("preview", "--expect-no-changes", *refresh)
    server.up("--expect-no-changes", *refresh)
    assert _id(engine) == before


def test_the_server_is_healthy_only_once_its_token_is_in_place(
    engine: docker.DockerClient, expendable: Server
) -> None:
    old = _id(engine)
    # A new container, so that nothing is in place.
    expendable.configure(labels={"attempt": "slow"})
    with _file(engine, "hold-rails"):
        up = expendable.start("up", "--yes", "--skip-preview")
        # GitLab itself is ready from then on: otherwise its console is not asked.
        _wait(
            lambda: any(
                each.id != old and "rails began" in _events(each) for each in _containers(engine)
            )
        )
        new = _container(engine)
        seen = _checks(new)
        enough = len(seen) + 3

        def are_three_more() -> bool:
            seen.update(_checks(new))
            return len(seen) >= enough

        _wait(are_three_more)
        health, is_waiting = _health(new), up.poll() is None
    expendable.finish(up)
    assert (health, is_waiting) == ("starting", True)
    assert "rails ended" in _events(new)
    assert _health(new) == "healthy"


def _checks(container: Container) -> set[str]:
    """Return when the last health checks were; the engine keeps five."""
    container.reload()
    return {each["Start"] for each in container.attrs["State"]["Health"]["Log"]}


def test_nobody_who_looks_on_sees_the_password_or_the_token(
    engine: docker.DockerClient, server: Server
) -> None:
    container = _container(engine)
    # So that there is a plan with all inputs in it.
    server.configure(labels={"attempt": "planned"})
    seen = {
        "state": server.pulumi("stack", "export").output,
        "plan": server.pulumi("preview", "--json").output,
        "preview": server.pulumi("preview", "--diff").output,
        "outputs": server.pulumi("stack", "output", "--json").output,
        "all that Pulumi ever said": "\n".join(server.said),
        "container": json.dumps(container.attrs),
        "its log": container.logs().decode(),
        "the log that is kept": _in(container, "cat", _LOG),
    }
    assert '"op": "replace"' in seen["plan"]
    assert "rails began" in seen["its log"]
    found = [
        (name, where)
        for name, secret in server.secrets().items()
        for where, text in seen.items()
        if secret in text
    ]
    assert found == []


@pytest.mark.parametrize(
    ("version", "edition", "reason"),
    [
        ("19.6.0", "ce", "it would pass over required stops. Go 19.2.0 -> 19.5 -> 19.6.0"),
        ("19.1.0", "ce", "19.1.0 is older than 19.2.0, and GitLab can't go back"),
        ("19.3.0", "ee", "the edition would change from ce to ee"),
    ],
)
@pytest.mark.parametrize("command", [["preview"], ["up", "--yes", "--skip-preview"]])
def test_a_step_that_gitlab_does_not_allow_is_refused(
    engine: docker.DockerClient,
    server: Server,
    command: list[str],
    version: str,
    edition: str,
    reason: str,
) -> None:
    before = _id(engine)
    server.configure(version, edition)
    run = server.pulumi(*command, check=False)
    assert run.code != 0
    _assert_only_error(run, reason)
    assert _id(engine) == before
    assert _health(_container(engine)) == "healthy"


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("fail-backup", "", "`/opt/dockyard/backup` failed (stand-in: the disk is full)"),
        ("unfinished-migrations", "3", "3 background migrations of the last upgrade have not"),
    ],
)
def test_without_a_backup_there_is_no_upgrade(
    engine: docker.DockerClient, server: Server, file: str, content: str, reason: str
) -> None:
    before = _id(engine)
    server.configure(NEW)
    with _file(engine, file, content):
        run = server.up(check=False)
    assert run.code != 0
    _assert_only_error(run, reason)
    assert _id(engine) == before
    # It is still the old version to Pulumi, too.
    server.configure(OLD)
    server.pulumi("preview", "--expect-no-changes")


def test_an_upgrade_takes_a_backup_first_and_keeps_the_data(
    tmp_path: Path, engine: docker.DockerClient, expendable: Server
) -> None:
    old = _container(engine)
    with _file(engine, "repository", "all our work"):
        seen = len(_history(old))
        expendable.configure(NEW)
        expendable.up()
        new = _container(engine)
        assert new.id != old.id
        assert _health(new) == "healthy"
        assert _first(new, "started")["version"] == f"gitlab-ce {NEW}"
        assert _in(new, "cat", f"{_DATA}/repository") == "all our work"

        since = _history(new)[seen:]
        order = ["asked for migrations", "backed up", "backed up", "stopped", "started"]
        assert [each["event"] for each in since][: len(order)] == order
        config, data = since[1:3]
        assert (config["folder"], data["folder"]) == ("/etc/gitlab", _DATA)
        saved = tmp_path / "backup.tar"
        saved.write_bytes(b"".join(new.get_archive(data["file"])[0]))
        assert _saved_in(saved)[f"{_DATA[1:]}/repository"] == b"all our work"


def _saved_in(archive: Path) -> dict[str, bytes]:
    """Return the files of an archive that came in one of Docker's own."""
    found = {}
    with tarfile.open(archive) as outer:
        (member,) = outer.getmembers()
        with tarfile.open(fileobj=outer.extractfile(member)) as inner:
            for each in inner.getmembers():
                content = inner.extractfile(each)
                if content is not None:
                    found[each.name] = content.read()
    return found


def test_the_data_outlives_the_server(engine: docker.DockerClient, expendable: Server) -> None:
    with _file(engine, "once", "upon a time"):
        expendable.destroy()
        kept = {each.name for each in engine.volumes.list()}
        assert kept >= VOLUMES
        with pytest.raises(docker.errors.NotFound):
            _container(engine)
        expendable.up()
        assert _in(_container(engine), "cat", f"{_DATA}/once") == "upon a time"
