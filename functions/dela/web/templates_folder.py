"""Where the templates lie: beside the code in the tree, and in the deployed archive."""

from functools import cache
from pathlib import Path


@cache
def templates_folder() -> Path:
    """The first folder named `templates` on the way up from this file. Raises FileNotFoundError."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "templates" / "pages").is_dir():
            return folder / "templates"
    raise FileNotFoundError("there is no folder templates/ above the code")
