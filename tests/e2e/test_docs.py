"""The documentation as a whole: it builds without a warning, and a mistake in it is found."""

import html
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stack import REPOSITORY

_TIMEOUT_SECONDS = 1200
_NOT_CODE = shutil.ignore_patterns(".dockyard", ".git", "__pycache__", "*_cache", ".hypothesis")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, whose documentation may be spoilt."""
    folder = tmp_path_factory.mktemp("docs") / "clone"
    shutil.copytree(REPOSITORY, folder, ignore=_NOT_CODE)
    return folder


def _build(clone: Path) -> subprocess.CompletedProcess[str]:
    """Build as ``make docs`` does."""
    return subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--nitpicky"),
            *("--quiet", "docs", clone.parent / "built"),
        ],
        cwd=clone,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )


def test_it_builds_without_a_warning_and_a_dead_link_would_be_one(clone: Path) -> None:
    done = _build(clone)
    assert (done.returncode, done.stderr) == (0, "")
    built = clone.parent / "built"
    for page in ("tutorial", "exercises", "architecture", "reference/reddit-app"):
        assert (built / f"{page}.html").exists()
    drawn = [html.unescape(file.read_text()) for file in (built / "_images").glob("graphviz-*.svg")]
    assert any("reddit-back_net" in picture for picture in drawn)
    # No page asks another host for anything when it is shown.
    assert 'src="http' not in (built / "index.html").read_text()

    hosts = clone / "docs/hosts.md"
    hosts.write_text(
        f"{hosts.read_text()}\n[a](nowhere.md) [b](delivery.md#nowhere) [c](#nowhere)"
        " ![d](images/nowhere.png)\n"
    )
    spoilt = _build(clone)
    assert spoilt.returncode != 0
    warnings = [line for line in spoilt.stderr.splitlines() if "WARNING" in line]
    assert len(warnings) == 4, spoilt.stderr
    assert all("docs/hosts.md" in line and "nowhere" in line for line in warnings)
