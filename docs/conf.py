"""How the documentation is built: Sphinx, MyST, Furo; no asset from outside."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "docs/_ext"), str(ROOT / "services")]

from yibaobox import __version__  # noqa: E402  the path comes first

project = "yibaobox"
author = "yibaobox maintainers"
copyright = "yibaobox maintainers, Apache-2.0"  # noqa: A001  Sphinx names it so
version = release = __version__

extensions = ["myst_parser", "from_code", "region_pages"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"yibaobox {version}"
html_show_sphinx = False
html_copy_source = False
