"""The floor: what a function of this kind does at the very least. One form, one row that is on disk, one page."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from pydantic import BaseModel, ValidationError
from werkzeug import Request, Response

PAGE = (Path(__file__).parent / "page.html").read_text()


class Form(BaseModel):
    name: str
    email: str
    organisation: str = ""
    municipality: str
    language: str = "sv"


def function(file: Path) -> Callable[[Request], Response]:
    """The function on a SQLite file: GET answers the page, POST keeps the form and answers 303."""
    database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    lock = Lock()

    def answer(request: Request) -> Response:
        if request.method == "GET":
            return Response(PAGE, mimetype="text/html")
        try:
            form = Form.model_validate(request.form.to_dict())
        except ValidationError:
            return Response(status=422)
        with lock:
            database.execute("INSERT INTO people (body) VALUES (?)", (form.model_dump_json(),))
        return Response(status=303, headers={"Location": "/"})

    return answer
