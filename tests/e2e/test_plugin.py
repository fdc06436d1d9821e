"""The plugin: its schema, and a program that gets to the components by no other way."""

import os
import socket
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

import components
from airgap import sdk_generator
from airgap.layout import Layout
from app import images
from tests.e2e import frozen_schema
from tests.e2e.git_server import ADDRESS, git_server
from tests.e2e.installation import run
from tests.e2e.page import Page
from tests.e2e.project import Project
from tests.e2e.stack import REPOSITORY
from tests.repositories import git

MakeConsumer = Callable[..., Project]

_PREFIX = "plugin-e2e"

_PROGRAM = """
import pulumi
import pulumi_docker as docker
import pulumi_dockyard as dockyard

config = pulumi.Config()
port = config.require_int("port")
host = dockyard.DockerHost("here", published_ports=[{"port": port}])
on_host = pulumi.ResourceOptions(providers=[docker.Provider("engine", host=host.endpoint)])
networks = dockyard.BridgeNetworks(
    "networks",
    networks={
        "front": {"name": "plugin-e2e-front", "subnet": "10.232.30.0/24", "mtu_bytes": 1400},
        "back": {"name": "plugin-e2e-back", "subnet": "10.232.31.0/24", "internal": True},
    },
    opts=on_host,
)
app = dockyard.RedditApp(
    "reddit",
    prefix="plugin-e2e",
    front_network_id=networks.network_ids["front"],
    back_network_id=networks.network_ids["back"],
    port=port,
    health_interval_seconds=1,
    database={"image": "dockyard/ferretdb:1.24.2", "kind": dockyard.DatabaseKind.FERRETDB},
    **{role: {"image": image} for role, image in config.require_object("images").items()},
    opts=on_host,
)
pulumi.export("port", app.port)
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin's folder in a copy of the repository."""
    return frozen_schema.installed_plugin(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def make_consumer(tmp_path: Path, engine: docker.DockerClient) -> Iterator[MakeConsumer]:
    """Make the program that has added the plugin from a source, with a virtualenv of its own."""
    sdk_generator.ensure(Layout(REPOSITORY))
    folder, virtualenv = tmp_path / "consumer", tmp_path / "venv"
    made: list[Project] = []

    def make(source: str, program: str = _PROGRAM, **environment: str) -> Project:
        folder.mkdir()
        _virtualenv_beside_ours(virtualenv)
        project = Project(
            folder, "consumer", program, virtualenv=virtualenv, environment=environment
        )
        made.append(project)
        project.pulumi("package", "add", source)
        project.set("images", {role: images.reference(role) for role in images.SERVICES})
        project.set("port", 19730)
        return project

    yield make
    for project in made:
        project.destroy()
    for volume in engine.volumes.list(filters={"name": _PREFIX}):
        volume.remove()


@pytest.fixture
def consumer(make_consumer: MakeConsumer, plugin: Path) -> Project:
    """The program that has added the plugin from a folder."""
    return make_consumer(str(plugin))


def _virtualenv_beside_ours(folder: Path) -> None:
    """Make a virtualenv that has what ours has, pip too, and gets what is installed besides."""
    venv.create(folder)
    ours, theirs = (
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        for python in (Path(sys.executable), folder / "bin" / "python")
    )
    (Path(theirs) / "ours.pth").write_text(ours)


def test_the_schema_is_the_frozen_one(plugin: Path) -> None:
    current = frozen_schema.current(plugin)
    assert current == frozen_schema.FROZEN.read_text(), (
        "the public surface has changed: see what docs/versioning.md asks of such a change, then"
        " freeze it with 'make schema'"
    )


def test_a_program_deploys_with_the_generated_sdk(consumer: Project) -> None:
    _deploys(consumer)


@pytest.mark.endurance
@pytest.mark.skipif(os.geteuid() != 0, reason="a server on HTTPS's own port needs root")
def test_the_plugin_is_added_from_a_git_server_by_its_tag(
    tmp_path: Path, make_consumer: MakeConsumer
) -> None:
    work, identity = tmp_path / "work", tmp_path / "identity"
    identity.mkdir()
    frozen_schema.copy_plugin(work)
    git(work, "init", "--quiet")
    git(work, "add", ".")
    git(work, "commit", "--quiet", "--message", "A release")
    git(work, "tag", f"v{components.__version__}")
    git(
        work, "clone", "--quiet", "--bare", ".", str(tmp_path / "root" / "harbour" / "dockyard.git")
    )
    with git_server(tmp_path / "root", identity) as trusted:
        consumer = make_consumer(
            f"https://{ADDRESS}/harbour/dockyard.git/plugin@{components.__version__}",
            # A server's SDKs are called after the owners of their repositories.
            _PROGRAM.replace("pulumi_dockyard", "harbour_dockyard"),
            PULUMI_HOME=str(tmp_path / "home"),
            SSL_CERT_DIR=f"{trusted}:/etc/ssl/certs",
        )
    _deploys(consumer)


def _deploys(consumer: Project) -> None:
    consumer.up()
    page = Page("http://127.0.0.1:19730")
    page.wait()
    assert page.submit("By way of the plugin")
    consumer.up("--expect-no-changes", "--refresh")


def test_a_component_refuses_as_it_does_without_the_plugin(consumer: Project) -> None:
    with socket.create_server(("127.0.0.1", 19731)):
        consumer.set("port", 19731)
        taken = consumer.pulumi("preview", check=False)
    assert taken.code != 0
    assert "Port 127.0.0.1:19731 can't be published" in taken.output
    consumer.set("port", 70000)
    invalid = consumer.pulumi("preview", check=False)
    assert invalid.code != 0
    assert "published_ports[0].port: 70000 " in invalid.output
