"""The wheel: what is in it, and what an empty folder becomes with it and twenty lines."""

import zipfile
from pathlib import Path

import docker

import components
from app import images
from tests.e2e.conftest import Install
from tests.e2e.installation import packages, run
from tests.e2e.page import Page
from tests.e2e.project import Project
from tests.e2e.stack import REPOSITORY

_PREFIX = "wheel-e2e"

_TWENTY_LINES = f"""\
import pulumi
from dockyard import BridgeNetworks, DockerHost, RedditApp

host = DockerHost("here", {{"published_ports": [{{"port": 19740}}]}})
on_host = pulumi.ResourceOptions(provider=host.provider)
networks = BridgeNetworks("networks", {{"networks": {{
    "front": {{"name": "{_PREFIX}-front", "subnet": "10.232.40.0/24"}},
    "back": {{"name": "{_PREFIX}-back", "subnet": "10.232.41.0/24", "internal": True}},
}}}}, on_host)
app = RedditApp("reddit", {{
    "prefix": "{_PREFIX}",
    "front_network_id": networks.network_ids["front"],
    "back_network_id": networks.network_ids["back"],
    "port": 19740,
    "ui": {{"image": "{images.reference("ui")}"}},
    "post": {{"image": "{images.reference("post")}"}},
    "comment": {{"image": "{images.reference("comment")}"}},
    "database": {{"image": "dockyard/ferretdb:1.24.2", "kind": "ferretdb"}},
}}, on_host)
pulumi.export("port", app.port)
"""

# Typed wrongly, by one who relies on the package's own types.
_MISTAKES = """\
from dockyard import DockerHost, DockerHostArgs

args: DockerHostArgs = {"count": "three"}
DockerHost("here", args).endpiont
"""


def test_it_holds_the_library_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    folder = REPOSITORY / "components"
    expected = {
        f"dockyard/{file.name}"
        for file in folder.iterdir()
        if file.suffix in {".py", ".pyi", ".sh", ".rb"} or file.name == "py.typed"
    }
    assert packed == expected
    assert {file.name for file in folder.iterdir() if file.is_file()} == {
        name.removeprefix("dockyard/") for name in packed
    }
    assert wheel.name == f"dockyard-{components.__version__}-py3-none-any.whl"
    released = (REPOSITORY / "CHANGELOG.md").read_text().split("\n## ")[1]
    assert released.startswith(f"{components.__version__} ")


def test_twenty_lines_in_an_empty_folder_are_a_working_application(
    tmp_path: Path, install: Install, engine: docker.DockerClient
) -> None:
    assert len([line for line in _TWENTY_LINES.splitlines() if line]) <= 20
    virtualenv = install()
    installed = packages(virtualenv)
    assert "pulumi_docker" in installed
    assert not installed & {"pulumi_command", "pulumi_gcp", "pulumi_gitlab", "tomli_w"}
    project = Project(tmp_path, "empty", _TWENTY_LINES, virtualenv=virtualenv)
    try:
        project.up()
        page = Page("http://127.0.0.1:19740")
        page.wait()
        assert page.submit("From an empty folder")
        project.up("--expect-no-changes")
    finally:
        project.destroy()
        for volume in engine.volumes.list(filters={"name": _PREFIX}):
            volume.remove()


def test_type_checkers_see_its_types(tmp_path: Path, install: Install) -> None:
    program = tmp_path / "mistakes.py"
    program.write_text(_MISTAKES)
    python = install() / "bin" / "python"
    checked = run("sh", "-c", f"mypy --python-executable {python} {program} || true")
    assert 'Incompatible types (expression has type "str", TypedDict item "count"' in checked
    assert '"DockerHost" has no attribute "endpiont"' in checked
