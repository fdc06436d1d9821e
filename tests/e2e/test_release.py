"""A release: a tag is built, pushed, planned and deployed, and what runs is what was built."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml

from app.images import reference
from tests.e2e import registry
from tests.e2e.registry import PASSWORD, USERNAME
from tests.e2e.release import DATABASE_PASSWORD, Release
from tests.e2e.stack import Run, remove_leftovers

TAG = "v9.9.9"
SERVICES = {"ui", "post", "comment", "backup"}


@pytest.fixture(scope="module")
def release(
    tmp_path_factory: pytest.TempPathFactory, engine: docker.DockerClient
) -> Iterator[Release]:
    """A release of a tag, deployed to a stack that wasn't there before."""
    with registry.running(tmp_path_factory.mktemp("registry")) as here:
        found = Release(tmp_path_factory.mktemp("release"), here, "dev-release-e2e")
        remove_leftovers(found.stack)
        found.prepare(
            uiPort=19710,
            frontSubnet="10.223.11.0/24",
            backSubnet="10.223.12.0/24",
            healthIntervalSeconds=1,
            databaseUsername="root",
            backupEveryHours=24,
            registryAddress=here.address,
            registryUsername=USERNAME,
        )
        try:
            found.git("tag", TAG)
            found.build("--tag", TAG)
            found.plan()
            found.apply()
            yield found
        finally:
            found.remove(engine)


def ids(release: Release, engine: docker.DockerClient) -> dict[str, Any]:
    """Return the ids of the stack's containers, and when each was started."""
    return {
        name: (each.id, each.attrs["State"]["StartedAt"])
        for name, each in release.containers(engine).items()
    }


def refused(run: Run) -> str:
    """Return the one line with which a command refuses."""
    assert run.code == 1, run.output
    (error,) = run.errors
    return error


def test_what_runs_is_what_was_built_and_pushed(
    release: Release, engine: docker.DockerClient
) -> None:
    containers = release.containers(engine)
    assert set(containers) == SERVICES | {"database"}
    for service in SERVICES:
        built = engine.images.get(reference(service, release.code / "app"))
        assert containers[service].attrs["Image"] == built.id
        assert release.images[service].startswith(f"{release.repository}/{service}@sha256:")
        assert release.images[service] in built.attrs["RepoDigests"]


def test_the_image_knows_the_commit_of_the_tag(
    release: Release, engine: docker.DockerClient
) -> None:
    image = engine.images.get(reference("ui", release.code / "app"))
    revision = image.labels["org.opencontainers.image.revision"]
    assert revision == release.git("rev-list", "-n", "1", TAG)


def test_the_registry_has_each_image_by_content_and_by_tag(release: Release) -> None:
    for service in SERVICES:
        content = reference(service, release.code / "app").rpartition(":")[2]
        assert release.registry.tags(f"group/app/{service}") == {content, TAG}


def test_latest_is_nowhere(release: Release, engine: docker.DockerClient) -> None:
    assert ":latest" not in release.config.read_text()
    assert ":latest" not in (release.folder / "plan" / "config.yaml").read_text()
    assert ":latest" not in json.dumps(release.state())
    names = [
        name
        for image in engine.images.list()
        for name in [*image.tags, *(image.attrs["RepoDigests"] or [])]
        if name.startswith((release.registry.address, "dockyard/ui", "dockyard/post"))
    ]
    assert names
    assert not [name for name in names if name.endswith(":latest")]


def test_no_secret_is_readable_anywhere(release: Release) -> None:
    said = release.plan("quiet").output + release.apply("quiet").output
    files = [each for each in release.folder.rglob("*") if each.is_file()]
    files = [each for each in files if release.code not in each.parents]
    assert {"config.yaml", "plan.json", "report.txt", "basis.json"} <= {each.name for each in files}
    for secret in (DATABASE_PASSWORD, PASSWORD):
        assert secret not in said
        assert not [each for each in files if secret.encode() in each.read_bytes()]


def test_the_same_plan_again_changes_nothing(release: Release, engine: docker.DockerClient) -> None:
    before = ids(release, engine)
    release.plan()
    release.apply()
    assert ids(release, engine) == before
    composed = str(release.folder / "plan" / "config.yaml")
    release.pulumi(
        *("preview", "--stack", release.stack, "--config-file", composed),
        *("--expect-no-changes", "--refresh"),
    )


def test_a_second_build_builds_nothing_and_gives_the_same_digests(release: Release) -> None:
    before = release.images
    run = release.build("--tag", "v9.9.10", "--builder", "buildkit", PATH="/usr/bin:/bin")
    assert run.output.count("was there already") == 4
    assert release.images == before
    for service in SERVICES:
        assert "v9.9.10" in release.registry.tags(f"group/app/{service}")


def test_a_stack_that_has_changed_since_is_left_alone(
    release: Release, engine: docker.DockerClient
) -> None:
    release.plan("early")
    release.configure(serviceMemoryMib="160")
    release.plan("late")
    release.apply("late")
    before = ids(release, engine)
    said = refused(release.apply("early", check=False))
    assert said.startswith("the stack dev-release-e2e has changed since the plan was made")
    assert ids(release, engine) == before
    # The limits are those of the later plan.
    memory = release.containers(engine)["ui"].attrs["HostConfig"]["Memory"]
    assert memory == 160 * 1024 * 1024


def test_an_altered_configuration_is_refused(release: Release, engine: docker.DockerClient) -> None:
    release.plan()
    before = ids(release, engine)
    config = release.folder / "plan" / "config.yaml"
    content = yaml.safe_load(config.read_text())
    content["config"]["dockyard:uiPort"] = 19711
    config.write_text(yaml.safe_dump(content))
    said = refused(release.apply(check=False))
    assert "config.yaml is not as the plan was made" in said
    assert ids(release, engine) == before


def test_a_program_that_has_changed_since_is_refused(
    release: Release, engine: docker.DockerClient
) -> None:
    release.plan()
    before = ids(release, engine)
    project = release.code / "Pulumi.yaml"
    text = project.read_text()
    changed = text.replace("default: 512", "default: 600")
    assert changed != text
    project.write_text(changed)
    try:
        said = refused(release.apply(check=False))
    finally:
        project.write_text(text)
    assert said.startswith("other things would be done than planned, nothing was touched: ")
    assert "Container reddit-database: planned unchanged, now update" in said
    assert ids(release, engine) == before


def test_another_commit_is_refused(release: Release, engine: docker.DockerClient) -> None:
    release.plan()
    before = ids(release, engine)
    release.commit("one more")
    assert "the plan is for the commit" in refused(release.apply(check=False))
    assert ids(release, engine) == before


def test_a_plan_for_another_stack_is_refused(release: Release) -> None:
    release.plan()
    run = release.deliver(
        "apply", "--plan", str(release.folder / "plan"), "--stack", "prod", check=False
    )
    assert refused(run) == "the plan is for the stack dev-release-e2e, not for prod"


def test_a_preview_that_fails_leaves_no_plan(release: Release) -> None:
    release.configure(uiPort="0")
    try:
        run = release.plan("failed", check=False)
    finally:
        release.configure(uiPort="19710")
    assert run.code == 1
    assert "dockyard:uiPort: 0 is not a whole number from 1 to 65535" in run.output
    assert not (release.folder / "failed").exists()


def test_a_plan_of_a_new_stack_makes_nothing_in_the_backend(release: Release) -> None:
    release.configure(uiPort="19711")
    try:
        release.deliver(
            *("plan", "--stack", "dev-released", "--config", str(release.config)),
            *("--output", str(release.folder / "new")),
        )
    finally:
        release.configure(uiPort="19710")
    assert "dev-released" not in release.pulumi("stack", "ls").output


def test_who_may_not_push_is_told_so(release: Release) -> None:
    run = release.build(check=False, CI_REGISTRY_PASSWORD="not-the-password")  # noqa: S106
    said = refused(run)
    assert f"the registry {release.registry.address} doesn't let '{USERNAME}' read" in said
    assert "not-the-password" not in run.output


def test_what_docker_login_left_is_enough(release: Release, tmp_path: Path) -> None:
    config = str(release.registry.docker_config())
    release.build(CI_REGISTRY="", DOCKER_CONFIG=config)


def test_a_wrong_password_in_the_configuration_is_named_with_its_registry(
    release: Release, engine: docker.DockerClient
) -> None:
    # An image that the engine neither has nor remembers.
    more = release.code / "app" / "ui" / "release.py"
    more.write_text('"""Another one."""\n')
    before = ids(release, engine)
    try:
        release.build()
        built = engine.images.get(reference("ui", release.code / "app"))
    finally:
        more.unlink()
    unknown = release.images["ui"].partition("@")[0]
    engine.images.remove(str(built.id), force=True)
    release.set_secret("registryPassword", "not-the-password")
    release.plan()
    run = release.apply(check=False)
    assert run.code == 1
    assert unknown in run.output
    assert f"{release.registry.address} was asked as '{USERNAME}'" in run.output
    assert "not-the-password" not in run.output
    # Images come before anything that runs.
    assert ids(release, engine) == before


def test_another_password_changes_the_provider_and_no_container(
    release: Release, engine: docker.DockerClient
) -> None:
    release.build()
    before = ids(release, engine)
    release.registry.let_in(USERNAME, "another-password")
    try:
        release.set_secret("registryPassword", "another-password")
        release.plan()
        planned = json.loads((release.folder / "plan" / "plan.json").read_text())
        changed = {
            urn.split("::")[2]: plan["steps"]
            for urn, plan in planned["resourcePlans"].items()
            if plan["steps"] not in ([], ["same"])
        }
        release.apply()
    finally:
        release.registry.let_in(USERNAME, PASSWORD)
    assert {token.rpartition("$")[2]: steps for token, steps in changed.items()} == {
        "pulumi:providers:docker": ["update"]
    }
    assert ids(release, engine) == before
