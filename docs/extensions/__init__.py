"""What the documentation takes from the code: reference pages and pictures, at every build."""

from pathlib import Path

from sphinx.application import Sphinx

from docs.extensions import commands_page, component_pages, configuration_page, pictures

FOLDER = "reference"
"""Where they are written, below the documentation's folder. Git ignores it."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Let Sphinx write them before it looks for pages."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir)))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(documentation: Path) -> None:
    """Write every page and picture, and remove what an earlier build wrote besides.

    Args:
        documentation: the folder of the pages; the repository is the one around it.
    """
    root = documentation.parent
    files = {
        **component_pages.pages(),
        **configuration_page.pages(root),
        **commands_page.pages(root),
        **pictures.graphs(root),
    }
    folder = documentation / FOLDER
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        file = folder / name
        # Sphinx reads a page again when its file is newer.
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            file.write_text(content, encoding="utf-8")
