"""The command `dela`: the few things that an operator types."""

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Callable, Sequence

from dela.errors import DelaError
from dela.version import VERSION

EPILOG = "Settings are environment variables: see docs/settings.md."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit status: 0 done, 1 refused or failed with a reason, 2 typed wrongly."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)  # people's data: what Dela writes is for its owner only
    module, name = options.command
    gc.disable()  # what a start makes stays, and looking for garbage in it takes a tenth of the time
    from dela.settings import SettingsError

    try:
        return int(getattr(importlib.import_module(f"dela.operating.commands.{module}"), name)(options) or 0)
    except (DelaError, SettingsError) as error:
        print(f"dela: {error}", file=sys.stderr)
    except (KeyboardInterrupt, EOFError):
        print("dela: stopped", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    finally:
        gc.enable()
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dela", description="Runs a forum of short online meetings.", epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"dela {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, module: str, what: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=what, description=what)
        added.set_defaults(command=(module, name))
        return added

    _add_running(command)
    _add_meetings(command)
    _add_speakers(command)
    _add_care(command)
    return parser


Command = Callable[[str, str, str], argparse.ArgumentParser]


def _add_running(command: Command) -> None:
    command("demo", "running", "run the forum with its demo")
    serve = command("serve", "running", "run the forum for real")
    serve.add_argument(
        "--listen",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="at which of this machine's addresses: 127.0.0.1 (the default) is reached by a web server on this machine "
        "only, 0.0.0.0 from everywhere, as in a container",
    )
    serve.add_argument(
        "--trial", action="store_true", help="for a look around: no mail server, certificate or addresses needed"
    )


def _add_meetings(command: Command) -> None:
    plan = command("plan", "meetings", "make meetings")
    plan.add_argument("date", nargs="+", metavar="DATE", help="on the forum's clocks, such as 2027-03-04T12:10")
    plan.add_argument("--seats", type=_positive, metavar="N", help="no more than so many may register")
    link = command("link", "meetings", "set a meeting's room; it may change until the last minute")
    link.add_argument("meeting", metavar="MEETING")
    link.add_argument("url", metavar="URL", help="where the meeting is held, such as https://meet.example.org/x")
    link.add_argument("--phone", metavar="TEL", help="the number to dial in, for those who drive")
    move = command("move", "meetings", "move a meeting, and correct every calendar by mail")
    move.add_argument("meeting", metavar="MEETING")
    move.add_argument("date", metavar="DATE", help="on the forum's clocks, such as 2027-03-11T12:10")
    cancel = command("cancel", "meetings", "cancel a meeting, in every calendar too, by mail")
    cancel.add_argument("meeting", metavar="MEETING")
    cancel.add_argument("--yes", action="store_true", help="do not ask")


def _add_speakers(command: Command) -> None:
    invite = command("invite", "speakers", "ask somebody to speak at a meeting, by mail")
    invite.set_defaults(command=("speakers", "ask"))
    invite.add_argument("meeting", metavar="MEETING")
    invite.add_argument("address", metavar="ADDRESS")
    for name, what in (("name", "what they are called"), ("organisation", "their business"), ("municipality", "where")):
        invite.add_argument(f"--{name}", metavar=name[0].upper(), default="", help=what)
    invite.add_argument("--language", metavar="L", default="", help="of their mails, sv or en")
    invite.add_argument("--phone", metavar="P", default="", help="to call them, if they do not answer")
    invite.add_argument("--line", metavar="TEXT", default="", help="a personal line in the mail")
    invite.add_argument("--again", action="store_true", help="send it once more to who has not answered")
    speakers = command("speakers", "speakers", "show who was asked to speak, and where that stands")
    speakers.set_defaults(command=("speakers", "show"))
    speakers.add_argument("meeting", metavar="MEETING", nargs="?")
    answer = command("answer", "speakers", "enter what somebody said on the telephone; they are told by mail")
    answer.set_defaults(command=("speakers", "answer_for"))
    answer.add_argument("meeting", metavar="MEETING")
    answer.add_argument("address", metavar="ADDRESS")
    answer.add_argument("answer", choices=("yes", "no", "standby", "remove"), help="remove takes them off the list")
    order = command("order", "speakers", "set the order in which they speak")
    order.add_argument("meeting", metavar="MEETING")
    order.add_argument("address", metavar="ADDRESS", nargs="+")
    offer = command("offer", "speakers", "offer a place that is free to the first who stands by")
    offer.add_argument("meeting", metavar="MEETING")


def _add_care(command: Command) -> None:
    command("status", "status", "show meetings, registrations, mails, and when the schedule last ran")
    check = command("check", "check", "look at each part, and at what the sender's domain publishes")
    check.add_argument("--mail", metavar="ADDRESS", help="send a test mail there")
    backup = command("backup", "backup", "write everything into one file, also while the forum runs")
    backup.add_argument("file", metavar="FILE")
    restore = command("restore", "backup", "put back what a backup holds, while the forum does not run")
    restore.add_argument("file", metavar="FILE")
    restore.add_argument("--overwrite", action="store_true", help="replace the data that are there")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


_positive.__name__ = "number of seats"

if __name__ == "__main__":
    sys.exit(main())
