"""Which Dela this is: the one place that says so. What it makes bears it, and CHANGELOG.md tells what it brought."""

from typing import Final

VERSION: Final = "0.1.0"
