import ast
import os
import shutil
import subprocess
import sys
from importlib.metadata import distributions, packages_distributions
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from dela.version import VERSION
from dela.wiring import ENDPOINTS
from tests.support.archive import SETTINGS, canonical, cloud_python, cloud_site, locked, unzipped
from tests.support.process import ROOT
from tools.package import archive, entries, reached, targets

DEPLOYED = ("functions", "templates", "requirements.txt")


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes]:
    return dict(entries(ROOT))


def a_copy(folder: Path) -> Path:
    """What is deployed, elsewhere: other times, other modes, another order on the disk."""
    for name in reversed(DEPLOYED):
        source, target = ROOT / name, folder / name
        folder.mkdir(exist_ok=True)
        shutil.copytree(source, target, copy_function=shutil.copyfile) if source.is_dir() else shutil.copy(
            source, target
        )
    return folder


def test_the_same_tree_gives_the_same_bytes_wherever_and_whenever_it_is_built(tmp_path):
    here, there = a_copy(tmp_path / "here"), a_copy(tmp_path / "there")
    for number, path in enumerate(sorted(there.rglob("*.*"))):
        os.utime(path, (number, 1_700_000_000 + number))
        path.chmod(0o600 if path.is_file() else 0o700)
    (there / "templates" / "translations" / "sv" / "LC_MESSAGES" / "dela.mo").write_bytes(b"an old one")
    (there / "functions" / "dela" / "__pycache__").mkdir(exist_ok=True)
    (there / "functions" / "dela" / "__pycache__" / "wiring.cpython-311.pyc").write_bytes(b"left over")
    (there / "templates" / "pages" / ".signup.html.swp").write_bytes(b"an editor's")
    (there / "var").mkdir()

    assert archive(here) == archive(there)
    (there / "functions" / "main.py").write_text((there / "functions" / "main.py").read_text() + "\n")
    assert archive(here) != archive(there)


def test_make_package_builds_it(tmp_path):
    copied = a_copy(tmp_path / "tree")
    shutil.copytree(ROOT / "tools", copied / "tools")

    told = subprocess.run(
        [sys.executable, "-m", "tools.package"], cwd=copied, capture_output=True, text=True, check=True
    )

    assert "dist/dela.zip" in told.stdout
    assert "KiB" in told.stdout
    assert (copied / "dist" / "dela.zip").read_bytes() == archive(ROOT)


def test_it_holds_the_functions_and_what_they_need_and_nothing_else(contents):
    assert {name.split("/")[0] for name in contents} == set(DEPLOYED)
    kinds = {Path(name).suffix for name in contents}
    assert kinds == {".py", ".html", ".txt", ".css", ".js", ".mo"}
    for name in targets(ROOT / "functions" / "main.py"):
        assert f"functions/{ENDPOINTS[name].replace('.', '/')}.py" in contents
    shown = {path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*.html")}
    assert {name for name in shown if "/demo_" not in name} <= set(contents)


def test_it_says_which_dela_made_it(contents):
    assert f'"{VERSION}"' in contents["functions/dela/version.py"].decode()


def test_neither_the_demo_nor_the_home_server_is_in_it(contents):
    at_home = {"standalone", "cli", "demo", "clock_demo", "mailbox_folder"}

    assert not [name for name in contents if Path(name).stem in at_home or Path(name).name.startswith("demo")]
    assert not [name for name in contents if name.startswith(("functions/dela/operating/", "functions/dela/demo/"))]
    assert not [name for name, data in contents.items() if name.endswith(".py") and b"import waitress" in data]
    assert "waitress" not in locked()


def test_its_entries_are_in_order_and_bear_no_time_or_user_of_the_builder():
    with ZipFile(BytesIO(archive(ROOT))) as built:
        infos = built.infolist()

    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.external_attr >> 16 for info in infos} == {0o100644}


def test_the_locked_requirements_are_whole_hashed_and_the_versions_that_are_tested():
    """What `pip install --require-hashes` and `pip check`, which the cloud's build runs, would look at."""
    text = (ROOT / "requirements.txt").read_text()
    wanted = locked()
    installed = {canonical(each.name): each for each in distributions()}
    assert {"functions-framework", "google-cloud-firestore", "google-cloud-tasks"} <= set(wanted)
    assert text.count("==") <= text.count("--hash=sha256:")

    for name, version in wanted.items():
        if name not in installed:
            assert name == "colorama", "only what another system needs may be absent here"
            continue
        assert installed[name].version == version, f"{name} is tested at another version than it is deployed in"
        for line in installed[name].requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert canonical(needed.name) in wanted, f"{name} needs {line}"
                assert needed.specifier.contains(wanted[canonical(needed.name)], prereleases=True)


def test_all_that_the_functions_import_is_locked():
    homes = packages_distributions()
    wanted = locked()
    for path in reached(ROOT / "functions"):
        for top in imported(path) - set(sys.stdlib_module_names) - {"dela"}:
            assert {canonical(name) for name in homes[top]} & set(wanted), f"{path.name} imports {top}"


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


ANSWERS = """
import os, sys
import functions_framework
sys.path.insert(0, os.path.abspath("functions"))
from dela import wiring
wiring._FormCheck.refusal = lambda *_: None  # (there is no store to look at)
for name in sys.argv[1:]:
    client = functions_framework.create_app(target=name, source="functions/main.py").test_client()
    answer = client.get("/confirm/none", headers={"Accept-Language": "sv"})
    print(name, answer.status_code, "sidan" in answer.text.lower())
import dela
print(dela.__file__)
"""


@pytest.mark.slow
def test_every_function_answers_from_the_archive_alone(tmp_path):
    """In an empty folder, with a clean environment, and with nothing to import but what the cloud installs."""
    folder, site = unzipped(tmp_path / "app"), cloud_site(tmp_path / "site")
    command, env = cloud_python(site)
    names = targets(folder / "functions" / "main.py")
    env |= SETTINGS

    told = subprocess.run([*command, "-c", ANSWERS, *names], cwd=folder, env=env, capture_output=True, text=True)

    assert told.returncode == 0, told.stderr
    *answers, where = told.stdout.splitlines()
    assert Path(where).is_relative_to(folder)
    assert [line.split()[0] for line in answers if not line.startswith("{")] == names
    for line in answers:
        if line.startswith(("signup ", "invitation ", "join ")):
            assert line.split()[1:] == ["404", "True"]
        elif not line.startswith("{"):
            assert line.split()[1] == "405"
    waitress = subprocess.run([*command, "-c", "import waitress"], cwd=folder, env=env, capture_output=True, text=True)
    assert "ModuleNotFoundError" in waitress.stderr
