"""The dev stack, for real: what runs, who reaches whom, what survives."""

import docker
import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.page import Page
from tests.e2e.stack import REPOSITORY, Stack, things_of

PREFIX = "reddit-e2e"
ROLES = ["database", "post", "comment", "ui"]

# Tells whether a name resolves and an address answers, from inside a container.
REACH = """
import socket, sys
try:
    print("name", socket.gethostbyname(sys.argv[1]))
except OSError as error:
    print("no name", error)
try:
    socket.create_connection((sys.argv[2], 27017), timeout=2).close()
    print("address answers")
except OSError as error:
    print("no answer", error)
"""


@pytest.fixture
def page(reddit: Stack) -> Page:
    """The page of the deployed stack."""
    page = Page(reddit.outputs()["url"])
    page.wait()
    return page


def _address(engine: docker.DockerClient, role: str, network: str) -> str:
    attached = engine.containers.get(f"{PREFIX}-{role}").attrs["NetworkSettings"]["Networks"]
    return str(attached[f"{PREFIX}-{network}"]["IPAddress"])


def _reach(engine: docker.DockerClient, role: str, name: str, address: str) -> str:
    run = engine.containers.get(f"{PREFIX}-{role}").exec_run(
        ["python3", "-c", REACH, name, address]
    )
    assert isinstance(run.output, bytes)
    return run.output.decode()


def _ids(engine: docker.DockerClient, prefix: str = PREFIX) -> dict[str, str]:
    return {role: str(engine.containers.get(f"{prefix}-{role}").id) for role in ROLES}


def test_the_url_is_the_page(reddit: Stack, page: Page) -> None:
    assert reddit.outputs()["url"] == "http://127.0.0.1:19292"
    assert "<title>" in page.front()


@pytest.mark.parametrize("command", ["preview", "up"])
@pytest.mark.parametrize("refresh", [[], ["--refresh"]])
def test_a_second_run_changes_nothing(reddit: Stack, command: str, refresh: list[str]) -> None:
    run = reddit.preview if command == "preview" else reddit.up
    run("--expect-no-changes", *refresh)


def test_the_ui_can_not_reach_the_database(
    reddit: Stack, page: Page, engine: docker.DockerClient
) -> None:
    address = _address(engine, "database", "back_net")
    for name in ("post_db", "comment_db", f"{PREFIX}-database"):
        said = _reach(engine, "ui", name, address)
        assert "no name" in said
        assert "no answer" in said


def test_post_and_comment_reach_the_database(
    reddit: Stack, page: Page, engine: docker.DockerClient
) -> None:
    address = _address(engine, "database", "back_net")
    for role in ("post", "comment"):
        assert _reach(engine, role, f"{role}_db", address) == f"name {address}\naddress answers\n"


def test_the_networks_are_the_ones_of_the_course(
    reddit: Stack, page: Page, engine: docker.DockerClient
) -> None:
    front = engine.networks.get(f"{PREFIX}-front_net").attrs
    back = engine.networks.get(f"{PREFIX}-back_net").attrs
    assert front["IPAM"]["Config"][0]["Subnet"] == "10.216.1.0/24"
    assert back["IPAM"]["Config"][0]["Subnet"] == "10.216.2.0/24"
    assert (front["Internal"], back["Internal"]) == (False, True)
    members = {
        name: {each["Name"] for each in network["Containers"].values()}
        for name, network in (("front", front), ("back", back))
    }
    assert members == {
        "front": {f"{PREFIX}-{role}" for role in ("ui", "post", "comment")},
        "back": {f"{PREFIX}-{role}" for role in ("database", "post", "comment")},
    }


@pytest.mark.parametrize(
    ("role", "network", "aliases"),
    [
        ("post", "front_net", {"post"}),
        ("comment", "front_net", {"comment"}),
        ("database", "back_net", {"post_db", "comment_db"}),
    ],
)
def test_the_aliases_are_the_ones_of_the_course(
    reddit: Stack, engine: docker.DockerClient, role: str, network: str, aliases: set[str]
) -> None:
    container = engine.containers.get(f"{PREFIX}-{role}")
    attached = container.attrs["NetworkSettings"]["Networks"][f"{PREFIX}-{network}"]
    assert aliases <= set(attached["Aliases"])


@pytest.mark.parametrize("role", ROLES)
def test_every_container_comes_back_and_rotates_its_logs(
    reddit: Stack, engine: docker.DockerClient, role: str
) -> None:
    host = engine.containers.get(f"{PREFIX}-{role}").attrs["HostConfig"]
    assert host["RestartPolicy"]["Name"] == "always"
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}


def test_a_network_that_gets_another_range_takes_its_containers_along(
    reddit: Stack, page: Page, engine: docker.DockerClient
) -> None:
    post = page.submit("before the move")
    reddit.configure(backSubnet="10.216.3.0/24")
    reddit.up()
    back = engine.networks.get(f"{PREFIX}-back_net").attrs
    assert back["IPAM"]["Config"][0]["Subnet"] == "10.216.3.0/24"
    assert len(back["Containers"]) == 3
    page.wait()
    assert page.find("before the move") == post
    reddit.configure(backSubnet="10.216.2.0/24")
    reddit.up()


def test_an_image_that_moves_under_its_tag_is_seen_after_a_refresh(
    reddit: Stack, page: Page, engine: docker.DockerClient
) -> None:
    ui = engine.containers.get(f"{PREFIX}-ui").image
    comment = engine.containers.get(f"{PREFIX}-comment").image
    assert ui
    assert comment
    ui.tag("dockyard-test/ui", "moving")
    reddit.configure(uiImage="dockyard-test/ui:moving")
    try:
        reddit.up()
        comment.tag("dockyard-test/ui", "moving")
        assert reddit.plan("--refresh")["changeSummary"].get("replace") == 1
    finally:
        reddit.configure(uiImage=None)
        reddit.up("--refresh")
        engine.images.remove("dockyard-test/ui:moving")


def test_a_copy_runs_beside_it_and_goes_without_a_trace(
    reddit: Stack, page: Page, engine: docker.DockerClient, make_stack: MakeStack
) -> None:
    before = _ids(engine)
    copy = make_stack(
        "dev-copy-e2e", uiPort=19293, frontSubnet="10.216.11.0/24", backSubnet="10.216.12.0/24"
    )
    copy.up()
    other = Page(copy.outputs()["url"])
    post = page.submit("only on the first")
    assert "only on the first" not in other.front()
    copy.remove()
    assert things_of("dev-copy-e2e", engine) == []
    assert _ids(engine) == before
    assert page.find("only on the first") == post


def test_a_name_that_somebody_else_has_is_refused_and_theirs_stays(
    engine: docker.DockerClient, make_stack: MakeStack
) -> None:
    theirs = engine.networks.create("reddit-theirs-e2e-front_net")
    stack = make_stack(
        "dev-theirs-e2e", uiPort=19295, frontSubnet="10.216.31.0/24", backSubnet="10.216.32.0/24"
    )
    try:
        run = stack.up(check=False)
        assert run.code != 0
        assert "reddit-theirs-e2e-front_net" in "\n".join(run.errors)
        theirs.reload()
    finally:
        theirs.remove()
        stack.remove()


def test_live_source_runs_the_working_tree(
    engine: docker.DockerClient, make_stack: MakeStack
) -> None:
    stack = make_stack(
        "dev-live-e2e",
        uiPort=19296,
        frontSubnet="10.216.41.0/24",
        backSubnet="10.216.42.0/24",
        liveSource=True,
    )
    stack.up()
    ui = engine.containers.get("reddit-live-e2e-ui")
    assert {each["Source"] for each in ui.attrs["Mounts"]} == {
        str(REPOSITORY / "app" / "ui"),
        str(REPOSITORY / "app" / "service"),
    }
    assert "<title>" in Page(stack.outputs()["url"]).front()
    stack.preview("--refresh", "--expect-no-changes")
    stack.remove()
