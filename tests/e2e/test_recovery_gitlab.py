"""Drills of GitLab's backups, on a stand-in for GitLab's image: it is no GitLab."""

import os
from collections.abc import Iterator

import docker
import pytest
from docker.models.containers import Container

from components import checks
from recovery import gitlab
from recovery.errors import RecoveryError
from recovery.place import Place
from recovery.throw_away import LABEL
from tests.e2e import test_gitlab_server
from tests.e2e.test_gitlab_server import PREFIX, Server

_DATA = "/var/opt/gitlab"
_FORGETS = "/etc/gitlab/forget-projects"

# Fixtures that these tests have in common with those of the server.
images = test_gitlab_server.images
project = test_gitlab_server.project
server = test_gitlab_server.server


@pytest.fixture
def place(engine: docker.DockerClient, server: Server) -> Iterator[Place]:
    """A server with two users and three projects."""
    container = engine.containers.get(f"{PREFIX}-gitlab")
    _in(container, f"mkdir -p {_DATA}/users {_DATA}/projects")
    _in(container, f"cd {_DATA} && touch users/a users/b projects/a projects/b projects/c")
    endpoint = os.environ.get("DOCKER_HOST", checks.DEFAULT_SOCKET)
    names = {"gitlab": f"{PREFIX}-gitlab"}
    yield Place(stack="ci-e2e", host="here", engine=endpoint, ssh=[], containers=names)
    _in(container, f"rm -rf {_DATA}/users {_DATA}/projects {_FORGETS} /backups/*/*")


def _in(container: Container, command: str) -> None:
    done = container.exec_run(["sh", "-c", command])
    assert done.exit_code == 0, done.output


def _assert_nothing_is_left(engine: docker.DockerClient) -> None:
    mine: dict[str, str | list[str] | bool] = {"label": f"{LABEL}=ci-e2e"}
    assert engine.containers.list(all=True, filters=mine) == []
    assert engine.volumes.list(filters=mine) == []
    assert engine.networks.list(filters=mine) == []


def _counted(table: str) -> dict[str, list[int]]:
    rows = (line.split() for line in table.splitlines()[1:])
    return {name: [int(each) for each in counts] for name, *counts in rows}


def test_a_backup_is_restored_into_a_copy_and_counted(
    engine: docker.DockerClient, place: Place
) -> None:
    name = gitlab.backup(place)
    assert gitlab.names(place) == [name]
    # What has come since is not in the backup, and the copy is not the original.
    _in(engine.containers.get(f"{PREFIX}-gitlab"), f"touch {_DATA}/projects/later")
    counted = _counted(gitlab.drill(place, "newest"))
    assert counted["projects"] == [3, 3, 3]
    assert counted["users"] == [2, 2, 2]
    _in(engine.containers.get(f"{PREFIX}-gitlab"), f"test -e {_DATA}/projects/later")
    _assert_nothing_is_left(engine)


def test_a_backup_that_does_not_bring_everything_back_is_found_out(
    engine: docker.DockerClient, place: Place
) -> None:
    _in(engine.containers.get(f"{PREFIX}-gitlab"), f"touch {_FORGETS}")
    name = gitlab.backup(place)
    with pytest.raises(RecoveryError, match=f"{name} does not bring everything back") as error:
        gitlab.drill(place, name)
    assert _counted(str(error.value).partition("\n")[2])["projects"] == [3, 3, 2]
    _assert_nothing_is_left(engine)


@pytest.mark.parametrize("part", ["data", "config"])
def test_an_archive_that_has_changed_is_not_even_tried(
    engine: docker.DockerClient, place: Place, part: str
) -> None:
    gitlab.backup(place)
    _in(engine.containers.get(f"{PREFIX}-gitlab"), f"printf x >>$(echo /backups/{part}/*.tar)")
    with pytest.raises(RecoveryError, match=rf"{part}/.*\.tar has changed since it was written"):
        gitlab.drill(place, "newest")
    _assert_nothing_is_left(engine)


def test_an_unknown_backup_is_refused_with_the_known_ones(place: Place) -> None:
    name = gitlab.backup(place)
    with pytest.raises(RecoveryError, match=f"no backup '7' of GitLab; there are: {name}"):
        gitlab.drill(place, "7")
