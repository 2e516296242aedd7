"""The command `dela`: the few things that an operator types."""

import argparse
import sys
from collections.abc import Sequence

from dela import settings as settings_module
from dela.errors import DelaError
from dela.settings import SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit status: 0 done, 1 refused or failed with a reason, 2 typed wrongly."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (DelaError, SettingsError) as error:
        print(f"dela: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dela", description="Runs a forum of short online meetings.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="run the forum with its demo")
    demo.set_defaults(run=_demo)
    serve = commands.add_parser("serve", help="run the forum for real")
    serve.set_defaults(run=_serve)
    return parser


def _demo(_: argparse.Namespace) -> None:
    from dela.standalone import demo

    demo(settings_module.load())


def _serve(_: argparse.Namespace) -> None:
    from dela.standalone import serve

    serve(settings_module.load())


if __name__ == "__main__":
    sys.exit(main())
