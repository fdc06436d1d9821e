"""How Sphinx makes the documentation; see ``make docs``."""

import sys
from pathlib import Path

# Sphinx runs this file by itself: the repository has to be importable before anything else.
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

project = "Dockyard"
author = "The Dockyard maintainers"
project_copyright = author

extensions = ["myst_parser", "sphinx.ext.graphviz", "docs.extensions"]
exclude_patterns = ["extensions"]
nitpicky = True

# Headings down to this level can be linked to, as GitLab's own pages allow it.
myst_heading_anchors = 4
# A block that names no language is what people type, or see.
highlight_language = "text"

html_theme = "furo"
html_title = "Dockyard"
html_show_sphinx = False
graphviz_output_format = "svg"

linkcheck_anchors = False
linkcheck_retries = 3
linkcheck_timeout = 20
