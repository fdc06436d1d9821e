"""What the documentation takes from the code, and where its links lead."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

import delivery.__main__ as delivery
import recovery.__main__ as recovery
import stacks
from docs.extensions import commands_page, component_pages, configuration_page, write
from docs.extensions.pictures import graphs
from tests.unit.project import PROJECT, configure
from tests.unit.recorder import CONTAINER, NETWORK, VOLUME, Deploy, Engine
from tests.unit.test_review_program import BRANCH, REVIEW, STACK
from tests.unit.test_schema import COMPONENTS
from tests.unit.test_stacks import PROD

ROOT = Path(__file__).parents[2]
_OFFICIAL = (
    *("docker.com", "gitlab.com", "google.com", "hashicorp.com", "mongodb.com", "pulumi.com"),
    *(
        "keepachangelog.com",
        "python.org",
        "semver.org",
        "sphinx-doc.org",
        "www.conventionalcommits.org",
    ),
)
_CONFIGURATIONS = {
    "dev": ("dev", {}),
    "prod": ("prod", PROD),
    "review": (STACK, {**REVIEW, "reviewBranch": BRANCH}),
}


@pytest.fixture(scope="module")
def reference() -> dict[str, str]:
    """The pages about the components."""
    return component_pages.pages()


@pytest.fixture(scope="module")
def pictures() -> dict[str, str]:
    """The pictures, as Graphviz takes them."""
    return graphs(ROOT)


def test_every_component_has_a_page_with_all_it_takes_and_tells(reference: dict[str, str]) -> None:
    titles = {text.partition("\n")[0].removeprefix("# "): text for text in reference.values()}
    for component in COMPONENTS:
        page = titles[component.__name__]
        inputs = component.__init__.__annotations__["args"].__annotations__
        listed = page.partition("## Inputs")[2].partition("\n## ")[0]
        assert set(re.findall(r"^\| `(\w+)`", listed, flags=re.MULTILINE)) == set(inputs)
        for output in component.__annotations__:
            assert f"\n| `{output}` |" in page.partition("## Outputs")[2], output


def test_every_type_that_a_page_leads_to_is_explained_once(reference: dict[str, str]) -> None:
    whole = "".join(reference.values())
    led_to = set(re.findall(r"\]\(#(type-\w+)\)", whole))
    assert len(led_to) > 20
    explained = re.findall(r"^\((type-\w+)\)=$", whole, flags=re.MULTILINE)
    assert sorted(explained) == sorted(led_to)


def test_a_default_stands_in_its_own_column(reference: dict[str, str]) -> None:
    (line,) = re.findall(
        r"^\| `start_timeout_seconds` .*$", reference["reddit-app.md"], re.MULTILINE
    )
    assert line == (
        "| `start_timeout_seconds` | integer | 120 | "
        "Seconds that each container may take to get healthy. |"
    )


def test_every_key_of_the_configuration_is_listed() -> None:
    (page,) = configuration_page.pages(ROOT).values()
    assert re.findall(r"^\| `(\w+)` ", page, flags=re.MULTILINE) == list(PROJECT["config"])


def test_every_command_is_listed() -> None:
    (page,) = commands_page.pages(ROOT).values()
    listed = re.findall(r"^\| `(.+?)` \| \w", page, flags=re.MULTILINE)
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert listed == [
        *(f"make {target}" for target in targets),
        *(f"python -m recovery {command}" for command in recovery.COMMANDS),
        *(f"python -m delivery {command}" for command in delivery.COMMANDS),
    ]


def test_a_page_that_nothing_writes_any_more_goes(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", ".gitlab-ci.yml", "Makefile"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    for file in ROOT.glob("Pulumi.*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    stale = tmp_path / "docs/reference/gone.md"
    stale.parent.mkdir(parents=True)
    stale.write_text("# Gone")
    write(tmp_path / "docs")
    assert not stale.exists()
    written = {file: file.stat().st_mtime_ns for file in stale.parent.iterdir()}
    write(tmp_path / "docs")
    assert written == {file: file.stat().st_mtime_ns for file in stale.parent.iterdir()}


@pytest.mark.parametrize("kind", _CONFIGURATIONS)
def test_a_picture_has_every_container_and_network_of_its_stack(
    kind: str, pictures: dict[str, str], deploy: Deploy, engine: Engine
) -> None:
    stack, configuration = _CONFIGURATIONS[kind]
    configure(**configuration)
    deploy(lambda: stacks.run(stack))
    things = [*engine.of_type(CONTAINER).values(), *engine.of_type(NETWORK).values()]
    assert len(things) >= 6
    for each in things:
        assert f'"{each.name}" [label=' in pictures[f"{kind}-networks.dot"]
    for each in (*things, *engine.of_type(VOLUME).values()):
        owner, _, role = each.name.rpartition("-")
        assert owner, each.name
        assert re.search(rf"\b{role}\b", pictures[f"{kind}-components.dot"]), each.name


def test_the_picture_of_the_ci_stack_has_gitlab_and_its_runners(pictures: dict[str, str]) -> None:
    for container in ("ci-gitlab", "ci-runner-1", "ci-runner-2", "ci-runner-3"):
        assert f"<b>{container}</b>" in pictures["ci-networks.dot"]
    assert "<b>GitlabProject project</b>" in pictures["ci-components.dot"]


def test_the_flow_follows_aliases_and_environment(pictures: dict[str, str]) -> None:
    edges = re.findall(
        r'^  "(.+)" -> "(.+)" \[label="(.+)"', pictures["dev-flow.dot"], re.MULTILINE
    )
    asked = {(source, target): label.partition("\\n")[0] for source, target, label in edges}
    assert asked == {
        ("browser", "reddit-ui"): "127.0.0.1:9292",
        ("reddit-ui", "reddit-post"): "post:5000",
        ("reddit-ui", "reddit-comment"): "comment:9292",
        ("reddit-post", "reddit-database"): "post_db:27017",
        ("reddit-comment", "reddit-database"): "comment_db:27017",
        ("reddit-database", "reddit-ferretdb-data"): "/state",
    }


def test_a_link_that_leaves_leads_to_an_official_site() -> None:
    links = {
        link: file.name
        for file in (*ROOT.glob("docs/*.md"), *ROOT.glob("*.md"))
        for link in _links(MarkdownIt().parse(file.read_text()))
        if "://" in link
    }
    assert links
    for link, file in links.items():
        parts = urlsplit(link)
        assert parts.scheme == "https", f"{file}: {link}"
        host = parts.hostname or ""
        assert any(host == site or host.endswith(f".{site}") for site in _OFFICIAL), (
            f"{file}: {link} leads to {host}, which is none of the sites that the documentation"
            " relies on"
        )


def _links(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "link_open":
            yield str(token.attrs["href"])
        yield from _links(token.children or [])
