"""The deployable archive, unzipped where nothing else is, and the libraries that the cloud installs beside it."""

import compileall
import os
import re
import sys
from importlib.metadata import Distribution, distributions
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from tests.support.process import ROOT
from tools.package import archive

SETTINGS = {
    "DELA_BASE_URL": "https://europe-west1-dela-tests.cloudfunctions.net",
    "DELA_STORE": "firestore://dela-tests",
    "DELA_QUEUE": "cloudtasks://dela-tests/europe-west1/mails",
    "DELA_DELIVERY_URL": "https://delivery-x.a.run.app",
    "DELA_CALLER": "caller@dela-tests.iam.gserviceaccount.com",
    "DELA_MAIL": "smtp://user:password@mail.example.org:587",
    "DELA_MAIL_FROM": "Dela <dela@example.org>",
    "DELA_COORDINATORS": "karin@example.org",
    "DELA_SECRET_KEYS": "the-key-of-the-tests",
    "DELA_IDENTITY_KEY": "the-identity-of-the-tests",
}
"""What a function in the cloud can't do without."""
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def locked(requirements: Path = ROOT / "requirements.txt") -> dict[str, str]:
    """The versions that a lock file names, by canonical name."""
    return {canonical(name): version for name, version in LOCKED.findall(requirements.read_text())}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def unzipped(folder: Path) -> Path:
    """The archive in `folder`, byte-compiled as the buildpack does it."""
    with ZipFile(BytesIO(archive(ROOT))) as built:
        built.extractall(folder)
    assert compileall.compile_dir(folder, quiet=1, workers=1), "something in the archive is no Python"
    return folder


def cloud_site(folder: Path) -> Path:
    """A folder that holds the locked distributions and no other, for a PYTHONPATH: links to those installed here.

    Without it the installed copy of this very repository would be what is tested.
    """
    folder.mkdir()
    wanted = locked()
    for distribution in distributions():
        if canonical(distribution.name) in wanted:
            for name in _top_level(distribution):
                link = folder / name
                if not link.exists():
                    link.symlink_to(Path(str(distribution.locate_file(name))).resolve())
    return folder


def cloud_python(site: Path) -> tuple[list[str], dict[str, str]]:
    """A Python that can import the standard library and what lies in `site`: its command and its environment."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(site), "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"}
    return [sys.executable, "-S", "-P"], environment


def _top_level(distribution: Distribution) -> set[str]:
    files = {file.parts[0] for file in distribution.files or ()}
    return {name for name in files if name not in ("..", "__pycache__")}
