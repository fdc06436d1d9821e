"""The page in a real browser: post, vote, comment, by mouse and by keyboard."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.e2e.stack import Stack, things_of

# Where pictures go; the README's are made with DOCKYARD_SCREENSHOTS=docs/images.
SCREENSHOTS = "DOCKYARD_SCREENSHOTS"
DATABASE = "reddit-e2e-database"
_QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium: the system's, or else the one that playwright brought."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, reddit: Stack) -> Iterator[Page]:
    """An open front page that reports every error of the browser's console."""
    errors: list[str] = []

    def failed(request: Request) -> None:
        # Whoever goes on to the next page doesn't wait for the last one's icon.
        if not (request.url.endswith("/icon.svg") and request.failure == "net::ERR_ABORTED"):
            errors.append(f"failed: {request.url} {request.failure}")

    page = browser.new_page(base_url=reddit.outputs()["url"])
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("requestfailed", failed)
    page.goto("/")
    yield page
    page.close()
    assert errors == []


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """The folder for pictures."""
    folder = Path(os.environ.get(SCREENSHOTS, tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _submit(page: Page, title: str, link: str) -> None:
    page.get_by_role("link", name="New post").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Link").fill(link)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def _score(page: Page, title: str) -> str:
    entry = page.get_by_role("listitem").filter(has_text=title)
    return entry.locator(".score").inner_text().split()[-1]


def test_a_person_posts_votes_and_comments(page: Page, screenshots: Path) -> None:
    _submit(page, "Bridge networks, explained", "https://docs.docker.com/network/bridge/")
    _submit(page, "Pulumi in Python", "https://www.pulumi.com/docs/languages-sdks/python/")
    _submit(page, "From a README to code", "https://example.com/dockyard")
    title = "Pulumi in Python"
    for expected in ("1", "2"):
        page.get_by_role("button", name=f"Vote up: {title}").click()
        assert _score(page, title) == expected
    page.get_by_role("button", name=f"Vote down: {title}").click()
    assert _score(page, title) == "1"
    page.screenshot(path=screenshots / "front.png")
    page.get_by_role("link", name=f"Comments on: {title}").click()
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Comment", exact=True).fill("The preview is what sold me.")
    page.get_by_role("button", name="Comment").click()
    expect(page.get_by_text("The preview is what sold me.")).to_be_visible()
    page.screenshot(path=screenshots / "post.png")


def _replace_database(stack: Stack, engine: docker.DockerClient) -> None:
    before = engine.containers.get(DATABASE).id
    stack.configure(commentDatabaseAlias="other_db")
    stack.up()
    assert engine.containers.get(DATABASE).id != before
    stack.configure(commentDatabaseAlias=None)


def _remove_containers(stack: Stack, engine: docker.DockerClient) -> None:
    for name in stack.outputs()["containers"].values():
        engine.containers.get(name).remove(force=True)


def _destroy(stack: Stack, engine: docker.DockerClient) -> None:
    stack.destroy()
    assert things_of(stack.name, engine) == ["reddit-e2e-ferretdb-data"]


@pytest.mark.parametrize("event", [_replace_database, _remove_containers, _destroy])
def test_what_a_person_wrote_survives(
    page: Page,
    reddit: Stack,
    engine: docker.DockerClient,
    event: Callable[[Stack, docker.DockerClient], None],
) -> None:
    title = f"Written before {event.__name__.strip('_').replace('_', ' ')}"
    _submit(page, title, "https://example.com/kept")
    for direction in ("up", "up", "down"):
        page.get_by_role("button", name=f"Vote {direction}: {title}").click()
    page.get_by_role("link", name=f"Comments on: {title}").click()
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Comment", exact=True).fill("Still here?")
    page.get_by_role("button", name="Comment").click()

    event(reddit, engine)
    reddit.up("--refresh")

    page.goto("/")
    assert _score(page, title) == "1"
    page.get_by_role("link", name=f"Comments on: {title}").click()
    expect(page.get_by_text("Still here?")).to_be_visible()


def test_a_post_can_be_made_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.goto("/new")
    page.get_by_label("Title").focus()
    page.keyboard.type("Typed, not clicked")
    page.keyboard.press("Tab")
    page.keyboard.type("https://example.com/keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Typed, not clicked")).to_be_visible()


def test_what_people_write_is_shown_and_never_run(page: Page) -> None:
    hostile = "<script>document.title='owned'</script>"
    _submit(page, hostile, "https://example.com/hostile")
    assert page.title() != "owned"


def test_it_fits_a_phone(browser: Browser, reddit: Stack, screenshots: Path) -> None:
    phone = browser.new_page(
        base_url=reddit.outputs()["url"], viewport={"width": 360, "height": 720}
    )
    phone.goto("/")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.screenshot(path=screenshots / "phone.png")
    phone.close()
