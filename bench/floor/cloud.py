"""The floor in the cloud: a bare function of the functions framework with one form, one page, and Google's client."""

from functools import cache
from pathlib import Path
from typing import Any

from flask import Request, Response
from google.cloud import firestore
from pydantic import BaseModel

PAGE = (Path(__file__).parent / "page.html").read_text()


class Form(BaseModel):
    name: str
    email: str
    organisation: str = ""
    municipality: str
    language: str = "sv"


@cache
def _client() -> Any:
    return firestore.Client()


def floor(request: Request) -> Response:
    people = _client().collection("people")
    if request.method == "GET":
        people.document("first").get()
        return Response(PAGE, mimetype="text/html")
    people.add(Form.model_validate(request.form.to_dict()).model_dump())
    return Response(status=303, headers={"Location": "/"})
