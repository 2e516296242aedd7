"""From infra/ to a rehearsal of what it describes, in a project of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from tests.infra.rehearsal.home import Rehearsal
from tests.infra.rehearsal.planned import Planned
from tests.infra.standin import StandIn
from tests.infra.terraform import PASSWORD, VARIABLES, Infra
from tests.support.process import ROOT
from tests.support.smtp_server import SmtpServer
from tools.package import archive

Change = tuple[str, str, str]
"""A file of infra/, what stands in it, and what is to stand there instead."""


@contextmanager
def rehearsal(
    folder: Path, fresh: Infra, google: StandIn, emulator: str, changes: tuple[Change, ...] = ()
) -> Iterator[Rehearsal]:
    """What infra/, so changed, describes: applied with the stand-in, and not started yet."""
    infra = fresh.twin(folder / "infra")
    (infra.folder / "dela.zip").write_bytes(archive(ROOT))
    for file, old, new in changes:
        text = (infra.folder / file).read_text()
        assert text.count(old) == 1, f"{file} has no such place, or many: {old}"
        infra.write(file, text.replace(old, new))
    with SmtpServer(tls=True, account=(VARIABLES["mail_user"], PASSWORD)) as smtp:
        project = f"dela-{token_hex(6)}"
        infra.say(**variables(project, smtp))
        done = infra.apply()
        assert done.code == 0, done.output
        home = Rehearsal(folder, infra, Planned(infra.state(), google.written), emulator, smtp)
        try:
            yield home
        finally:
            home.close()


def variables(project: str, smtp: SmtpServer) -> Mapping[str, str]:
    """What is said beside the least that has to be: whom mails name, and the mail server of this machine."""
    return {
        "project": project,
        "mail_server": f"smtp://localhost:{smtp.port}",
        "coordinator_name": "Karin Norrby",
        "coordinator_phone": "063-555 01 00",
    }
