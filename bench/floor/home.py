"""The floor at home: `python -m bench.floor.home PORT FILE THREADS` serves it as standalone.py serves this program."""

import logging
import sys
from pathlib import Path

from waitress.server import create_server
from werkzeug import Request

from bench.floor.function import function


def main(port: str, file: str, threads: str) -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # as there
    application = Request.application(function(Path(file)))
    create_server(application, host="127.0.0.1", port=int(port), threads=int(threads), ident=None).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
