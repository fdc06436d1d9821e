"""The note as a person sees it, in a real browser.

``DOCKYARD_SCREENSHOTS=docs/images pytest tests/e2e/test_preview_note_picture.py`` makes the
documentation's picture, docs/images/preview-note.png.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from delivery.preview import markdown
from tests.unit.preview_examples import NO_SECRETS, of_a_merge_request
from tests.unit.rendered_markdown import as_html

_SCREENSHOTS = "DOCKYARD_SCREENSHOTS"
_QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
# As sober as a merge request's page; a diff's colours are GitLab's own doing.
_STYLE = """
body { margin: 0; padding: 24px; background: #fff; color: #333238; width: 872px;
  font: 15px/1.5 "DejaVu Sans", sans-serif; }
.note { border: 1px solid #dcdcde; border-radius: 8px; padding: 12px 24px 20px; }
h2 { font-size: 20px; line-height: 1.3; margin: 12px 0; }
h3 { font-size: 16px; margin: 20px 0 8px; }
p, ul { margin: 8px 0; } ul { padding-left: 24px; }
a { color: #1068bf; text-decoration: none; }
table { border-collapse: collapse; margin: 12px 0; font-size: 14px; }
th, td { border: 1px solid #dcdcde; padding: 5px 11px; } th { background: #f5f5f5; }
code { font: 13px/1.5 "DejaVu Sans Mono", monospace; background: #ececef; border-radius: 4px;
  padding: 1px 4px; }
pre { background: #fbfafd; border: 1px solid #dcdcde; border-radius: 4px; padding: 8px 12px;
  margin: 8px 0; white-space: pre-wrap; }
pre code { background: none; padding: 0; }
details { margin: 6px 0; } details details { margin-left: 20px; } summary { cursor: pointer; }
.added { background: #ddfbe6; } .removed { background: #f9d7dc; }
.added, .removed, .other { display: block; min-height: 1.5em; }
"""
_COLOURED = """
for (const block of document.querySelectorAll("code.language-diff")) {
  const kinds = { "+": "added", "-": "removed" };
  block.replaceChildren(...block.textContent.trimEnd().split("\\n").map((line) => {
    const shown = document.createElement("span");
    shown.className = kinds[line[0]] ?? "other";
    shown.textContent = line;
    return shown;
  }));
}
"""


@pytest.fixture
def note() -> Iterator[Page]:
    """The note of a merge request that touches several stacks, on a page."""
    text = markdown.render(
        of_a_merge_request(),
        redact=NO_SECRETS,
        job_url="https://gitlab.example.com/reddit/app/-/jobs/4711",
        commit="8badf00d5eaf",
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_QUIET)
        page = browser.new_page(viewport={"width": 922, "height": 700}, device_scale_factor=1.5)
        page.set_content(f"<style>{_STYLE}</style><div class='note'>{as_html(text)}</div>")
        page.evaluate(_COLOURED)
        yield page
        browser.close()


def test_what_matters_is_seen_at_once_and_the_rest_is_folded(note: Page) -> None:
    heading = "Preview of 5 stacks: 1 fails, 1 loses data, 2 change, 1 stays as it is"
    expect(note.get_by_role("heading", name=heading)).to_be_visible()
    rows = note.get_by_role("row").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["Stack", "Create", "Update", "Replace", "Delete", "Unchanged", "Verdict"],
        ["dev", "0", "0", "1", "0", "19", "± changes"],
        ["review-new-login (new)", "20", "0", "0", "0", "0", "± changes"],
        ["staging", "0", "0", "7", "0", "13", "⚠ loses data"],
        ["ci", "0", "0", "0", "0", "1", "✗ failed"],
        ["prod", "0", "0", "0", "0", "20", "✓ no changes"],
    ]
    lost = note.get_by_role("listitem").filter(has_text="what it holds is lost")
    expect(lost).to_have_text(
        "⚠ The volume reddit-ferretdb-data of the stack staging will be deleted and made anew:"
        " what it holds is lost."
    )
    expect(note.get_by_text("not a whole number from 1 to 65535")).to_be_visible()
    assert note.locator("details").count() == 2 + 1 + 1 + 7
    assert note.locator("details[open]").count() == 0
    expect(note.get_by_text("ENV=second")).to_be_hidden()
    assert note.locator("img, script, iframe").count() == 0


def test_a_stack_and_a_resource_unfold_into_their_properties(note: Page, tmp_path: Path) -> None:
    note.locator("summary", has_text="staging").click()
    note.locator("summary", has_text="reddit-data ·").click()
    expect(note.get_by_text("+ name: reddit-moved-ferretdb-data")).to_be_visible()
    expect(note.get_by_text("ENV=second")).to_be_hidden()
    folder = Path(os.environ.get(_SCREENSHOTS, tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / "preview-note.png"
    note.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 10_000
