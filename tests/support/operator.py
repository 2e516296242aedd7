"""An operator at a terminal: types commands of `dela` in this process, and reads what it says."""

from contextlib import closing

from dela.operating import cli
from dela.settings import Settings
from dela.web import logs
from dela.wiring import ports_of


class Operator:
    """Types commands with the data in a folder; each command reads the settings anew, as a process would."""

    def __init__(self, folder, monkeypatch, capsys, **settings) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys
        self.set(DELA_DATA_DIR=str(folder), **settings)
        # The test's own process keeps its own: a log bound to what capsys reads would write into it when it is closed.
        monkeypatch.setattr("os.umask", lambda mask: 0)
        monkeypatch.setattr(logs, "set_up", lambda *, cloud: None)

    def set(self, **settings: str) -> None:
        for name, value in settings.items():
            self._monkeypatch.setenv(name, value)

    def types(self, *words: str) -> str:
        """A command that is done without a complaint; answers what it printed."""
        status = cli.main(words)
        said = self._capsys.readouterr()
        assert (status, said.err) == (0, ""), said
        return said.out

    def is_refused(self, *words: str) -> str:
        """A command that is refused with a reason; answers the reason."""
        status = cli.main(words)
        said = self._capsys.readouterr()
        assert status == 1, said
        assert "Traceback" not in said.err
        return said.err or said.out

    def store(self):
        """The store, to look at and to prepare: use it as a context."""
        return closing(self.ports().store)

    def ports(self):
        return ports_of(Settings(data_dir=self.folder))
