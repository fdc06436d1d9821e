"""Building for a registry: what builders are called with, and what a person may ask for."""

import json
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from app import images
from delivery.__main__ import main
from delivery.build import BuilderKind, build
from delivery.builders.buildah import BuildahBuilder
from delivery.builders.buildkit import BuildkitBuilder
from delivery.builders.docker import DockerBuilder
from delivery.builders.order import BuildError, Order, Workshop, orders
from delivery.errors import MisuseError
from delivery.registry import Repository, checked_tag
from tests.repositories import git

DIGEST = f"sha256:{'d' * 64}"
TARGET = "registry.example.com:5050/app/ui:1.0.0-abc"
ORDER = Order(
    service="ui",
    reference="dockyard/ui:1.0.0-abc",
    labels={"org.dockyard.base-image": "base:1"},
    arguments={"COMMIT_HASH": "0123", "BRANCH": "main", "BASE_IMAGE": "base:1"},
)

# What any builder's program does in these tests: it takes note of how it was called, and leaves
# the digest where it is asked to.
PROGRAM = """#!{python}
import json, os, pathlib, sys
arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    print(json.dumps([pathlib.Path(sys.argv[0]).name, *arguments]), file=log)
answers = json.loads({answers!r})
for option, content in answers["files"].items():
    if option in arguments:
        pathlib.Path(arguments[arguments.index(option) + 1]).write_text(content)
print(answers["said"])
sys.exit(answers["code"] if answers["fails_at"] in arguments else 0)
"""


class Programs:
    """Builders' programs that only take notes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "log"

    def make(
        self, name: str, said: str = "", files: Mapping[str, str] | None = None, fails_at: str = ""
    ) -> None:
        """Make a program that says something, writes files for options, and may fail."""
        answers = {"said": said, "files": files or {}, "code": 3, "fails_at": fails_at}
        text = PROGRAM.format(
            python=sys.executable, log=str(self._log), answers=json.dumps(answers)
        )
        program = self._folder / name
        program.write_text(text)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    @property
    def calls(self) -> list[list[str]]:
        """Return how they were called."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Programs that stand first on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return Programs(tmp_path)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Where builders run."""
    return Workshop(root=tmp_path)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The build context in a repository of its own, with one commit."""
    for name in ("CI_COMMIT_SHA", "CI_COMMIT_REF_NAME"):
        monkeypatch.delenv(name, raising=False)
    for service in images.DEPLOYED:
        (tmp_path / "app" / service).mkdir(parents=True)
        (tmp_path / "app" / service / "VERSION").write_text("1.0.0")
    (tmp_path / "app" / ".dockerignore").touch()
    git(tmp_path, "init", "--quiet", "--initial-branch", "work")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "a")
    return tmp_path


def test_buildkit_builds_and_pushes_in_one_go(programs: Programs, workshop: Workshop) -> None:
    programs.make(
        "buildctl-daemonless.sh",
        files={"--metadata-file": json.dumps({"containerimage.digest": DIGEST})},
    )
    assert BuildkitBuilder(workshop).push(ORDER, TARGET) == DIGEST
    ((*command, _metadata),) = programs.calls
    assert command == [
        *("buildctl-daemonless.sh", "build", "--frontend", "dockerfile.v0", "--progress", "plain"),
        *("--local", "context=app", "--local", "dockerfile=app/ui"),
        *("--opt", "label:org.dockyard.base-image=base:1"),
        *("--opt", "build-arg:COMMIT_HASH=0123", "--opt", "build-arg:BRANCH=main"),
        *("--opt", "build-arg:BASE_IMAGE=base:1"),
        *("--output", f"type=image,name={TARGET},push=true", "--metadata-file"),
    ]


@pytest.mark.parametrize("metadata", ["", "{}", "[]", "null"])
def test_a_build_without_a_digest_is_an_error(
    programs: Programs, workshop: Workshop, metadata: str
) -> None:
    programs.make("buildctl-daemonless.sh", files={"--metadata-file": metadata})
    with pytest.raises(BuildError, match=f"built {TARGET} and left no digest"):
        BuildkitBuilder(workshop).push(ORDER, TARGET)


def test_buildah_keeps_health_checks_and_forgets_what_it_pushed(
    programs: Programs, workshop: Workshop
) -> None:
    programs.make("buildah", files={"--digestfile": f"{DIGEST}\n"})
    assert BuildahBuilder(workshop).push(ORDER, TARGET) == DIGEST
    built, pushed, forgotten = programs.calls
    assert built == [
        *("buildah", "build", "--format", "docker", "--tag", TARGET),
        *("--file", "app/ui/Dockerfile", "--label", "org.dockyard.base-image=base:1"),
        *("--build-arg", "COMMIT_HASH=0123", "--build-arg", "BRANCH=main"),
        *("--build-arg", "BASE_IMAGE=base:1", "app"),
    ]
    assert (pushed[1], pushed[-1]) == ("push", TARGET)
    assert forgotten == ["buildah", "rmi", TARGET]


def test_docker_pushes_under_another_name_and_forgets_it(
    programs: Programs, workshop: Workshop
) -> None:
    programs.make("docker", said=f"base:1\n1.0.0-abc: digest: {DIGEST} size: 1784")
    DockerBuilder(workshop).push(ORDER, TARGET)
    assert ["docker", "tag", ORDER.reference, TARGET] in programs.calls
    assert programs.calls[-2:] == [["docker", "push", TARGET], ["docker", "image", "rm", TARGET]]


def test_a_failed_push_leaves_no_name_behind(programs: Programs, workshop: Workshop) -> None:
    programs.make("docker", said="denied: you may not", fails_at="push")
    with pytest.raises(BuildError, match=f"pushing {TARGET} failed:\ndenied: you may not"):
        DockerBuilder(workshop).push(ORDER, TARGET)
    assert programs.calls[-1] == ["docker", "image", "rm", TARGET]


def test_a_push_without_a_digest_is_an_error(programs: Programs, workshop: Workshop) -> None:
    programs.make("docker", said="base:1")
    with pytest.raises(BuildError, match="gave no digest"):
        DockerBuilder(workshop).push(ORDER, TARGET)


def test_what_the_engine_holds_on_the_same_base_is_not_built(
    programs: Programs, workshop: Workshop
) -> None:
    programs.make("docker", said="base:1")
    assert DockerBuilder(workshop).ensure(ORDER) == "dockyard/ui:1.0.0-abc: up to date"
    programs.make("docker", said="base:2")
    assert "built in" in DockerBuilder(workshop).ensure(ORDER)
    assert programs.calls[-1][1] == "build"


def test_an_engine_that_does_not_answer_is_no_missing_image(
    programs: Programs, workshop: Workshop
) -> None:
    programs.make("docker", said="Cannot connect to the Docker daemon", fails_at="inspect")
    with pytest.raises(BuildError, match="Cannot connect to the Docker daemon"):
        DockerBuilder(workshop).ensure(ORDER)
    assert len(programs.calls) == 1


def test_a_missing_image_is_built(programs: Programs, workshop: Workshop) -> None:
    programs.make("docker", said="Error: No such image: dockyard/ui", fails_at="inspect")
    assert "built in" in DockerBuilder(workshop).ensure(ORDER)


def test_a_program_that_is_not_there_is_one_clear_error(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match="there is no docker on PATH"):
        build(tmp_path, [ORDER])
    with pytest.raises(BuildError, match="there is no buildah on PATH; install it or name another"):
        BuildahBuilder(workshop).push(ORDER, TARGET)


def test_a_long_failure_ends_with_what_the_builder_said_last(
    programs: Programs, workshop: Workshop
) -> None:
    said = "\n".join(f"line {number}" for number in range(200))
    programs.make("buildctl-daemonless.sh", said=said, fails_at="build")
    with pytest.raises(BuildError) as failed:
        BuildkitBuilder(workshop).push(ORDER, TARGET)
    assert str(failed.value).endswith("line 199")
    assert len(str(failed.value).splitlines()) < 60


def test_the_build_knows_commit_and_branch(checkout: Path) -> None:
    (order,) = orders(checkout, ["ui"], base_image="")
    assert order.arguments["BRANCH"] == "work"
    assert len(order.arguments["COMMIT_HASH"]) == 40
    assert "BASE_IMAGE" not in order.arguments


def test_a_job_that_checks_out_a_commit_takes_the_refs_name_from_gitlab(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(checkout, "checkout", "--quiet", "--detach")
    monkeypatch.setenv("CI_COMMIT_REF_NAME", "v1.2.3")
    monkeypatch.setenv("CI_COMMIT_SHA", "f" * 40)
    (order,) = orders(checkout, ["ui"], base_image="")
    assert order.arguments["BRANCH"] == "v1.2.3"
    assert order.arguments["COMMIT_HASH"] != "f" * 40


def test_outside_of_a_checkout_gitlab_knows_both(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(checkout / "nowhere"))
    (unknown,) = orders(checkout, ["ui"], base_image="")
    assert set(unknown.arguments.values()) == {"unknown"}
    monkeypatch.setenv("CI_COMMIT_REF_NAME", "main")
    monkeypatch.setenv("CI_COMMIT_SHA", "f" * 40)
    (order,) = orders(checkout, ["ui"], base_image="")
    assert order.arguments == {"BRANCH": "main", "COMMIT_HASH": "f" * 40}


def test_an_unknown_service_is_named_with_the_known_ones(checkout: Path) -> None:
    with pytest.raises(BuildError, match="'web' is no service of this application; build ui, post"):
        orders(checkout, ["web"], base_image="")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tag", "1.0.0"], "--tag is about images in a registry; give --push too"),
        (["--output", "images.json"], "--output is about images in a registry"),
        (["--builder", "buildkit"], "--builder buildkit keeps no images here; give --push too"),
        (["--push", "registry.example.com/app", "--tag", "latest"], "'latest' means another image"),
        (["--push", "registry.example.com/app:latest"], "is no repository to push to"),
        (["--push", "app"], "'app' is no repository to push to; write registry and path"),
    ],
)
def test_what_makes_no_sense_is_misuse(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], programs: Programs
) -> None:
    programs.make("docker")
    assert main(["build", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert len(said.splitlines()) == 1


def test_an_unknown_builder_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["build", "--builder", "kaniko"])
    assert ended.value.code == 2
    assert "docker" in capsys.readouterr().err


@pytest.mark.parametrize("tag", ["", "a/b", "-a", "v1.2.3+build", "a" * 129, "ümlaut", "a b"])
def test_what_a_registry_would_refuse_is_no_tag(tag: str) -> None:
    with pytest.raises(MisuseError, match="is no tag"):
        checked_tag(tag)


@pytest.mark.parametrize("tag", ["v1.2.3", "0123abcd", "1.0.0-rc.1", "_", "a" * 128])
def test_versions_and_commits_are_tags(tag: str) -> None:
    assert checked_tag(tag) == tag


@pytest.mark.parametrize(
    ("text", "registry", "path"),
    [
        ("registry.example.com:5050/group/app", "registry.example.com:5050", "group/app"),
        ("127.0.0.1:5000/app", "127.0.0.1:5000", "app"),
        ("localhost/app", "localhost", "app"),
        ("gitlab:5050/a/b.c/d__e", "gitlab:5050", "a/b.c/d__e"),
        ("docker.io/you", "docker.io", "you"),
    ],
)
def test_a_repository_is_a_registry_and_a_path(text: str, registry: str, path: str) -> None:
    repository = Repository.parse(text)
    assert (repository.registry, repository.path) == (registry, path)
    assert str(repository) == text


@pytest.mark.parametrize(
    "text", ["", "app", "group/app", "https://a.example/b", "a.example/", "a.example/B", "a.b/c@d"]
)
def test_other_texts_are_no_repositories(text: str) -> None:
    with pytest.raises(MisuseError, match="is no repository to push to"):
        Repository.parse(text)


def test_every_builder_can_be_chosen() -> None:
    assert {each.value for each in BuilderKind} == {"docker", "buildkit", "buildah"}
