"""What docs/at-home.md gives to copy is right."""

import re
import shutil
import subprocess

import pytest

from dela.operating.commands.running import obstacles
from dela.settings import Settings
from tests.support.process import ROOT, free_port

PAGE = (ROOT / "docs" / "at-home.md").read_text()
BLOCKS = [
    "\n".join(line[4:] for line in block.splitlines()) + "\n"
    for block in re.findall(r"(?:^(?:    .*|)\n)+", PAGE, re.MULTILINE)
    if block.strip()
]


def block(beginning: str) -> str:
    (found,) = [each.strip("\n") + "\n" for each in BLOCKS if each.lstrip("\n").startswith(beginning)]
    return found


def test_its_settings_are_all_that_serving_needs(tmp_path):
    lines = block("DELA_BASE_URL").splitlines()
    environment = dict(line.split("=", 1) for line in lines)
    environment = {name: value.strip('"') for name, value in environment.items()}
    environment |= {"DELA_DATA_DIR": str(tmp_path), "PORT": str(free_port())}

    settings = Settings.from_environment(environment)

    assert list(obstacles(settings, set(), "127.0.0.1", trial=False)) == []
    assert set(environment) - {"PORT"} == {
        f"DELA_{name}" for name in re.findall(r"`DELA_(\w+)` ●", (ROOT / "docs" / "settings.md").read_text())
    }


def test_each_setting_that_is_left_out_is_asked_for(tmp_path):
    needed = {}
    for left_out in ("DELA_MAIL", "DELA_MAIL_FROM", "DELA_COORDINATORS"):
        environment = dict(line.split("=", 1) for line in block("DELA_BASE_URL").splitlines())
        del environment[left_out]
        environment |= {"DELA_DATA_DIR": str(tmp_path), "PORT": str(free_port())}
        settings = Settings.from_environment({name: value.strip('"') for name, value in environment.items()})
        needed[left_out] = [each.split(":")[0] for each in obstacles(settings, set(), "127.0.0.1", trial=False)]

    assert needed == {name: [name] for name in needed}


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("dela.service", "[Unit]\nDescription=Dela, a forum"),
        ("dela-backup.service", "[Unit]\nDescription=Backup of Dela\n"),
        ("dela-backup.timer", "[Unit]\nDescription=Backup of Dela every night"),
    ],
)
def test_systemd_has_nothing_against_its_units(tmp_path, name, beginning):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is missing")
    env = tmp_path / "dela.env"
    env.write_text("")
    for unit, starts in (("dela-backup.service", "[Unit]\nDescription=Backup of Dela\n"), (name, beginning)):
        text = block(starts).replace("/opt/dela/.venv/bin/dela", "/bin/true").replace("/etc/dela.env", str(env))
        (tmp_path / unit).write_text(text)

    done = subprocess.run([analyze, "verify", str(tmp_path / name)], capture_output=True, text=True, timeout=60)

    complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line or name in line]
    assert (done.returncode, complaints) == (0, []), done.stderr


def test_its_scripts_can_be_read_by_the_shell(tmp_path):
    script = block("#!/bin/sh")

    assert subprocess.run(["sh", "-n"], input=script, text=True).returncode == 0
    assert '"$@"' in script


def test_the_program_is_named_alike_everywhere():
    paths = set(re.findall(r"/opt/dela/\S*bin/dela", PAGE))

    assert paths == {"/opt/dela/.venv/bin/dela"}
