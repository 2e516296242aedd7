"""How templates are read: in a language, strictly, and compiled once for many starts of the program."""

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from dela.parsed.telephone import ringing
from dela.web.language import translations
from dela.web.templates_folder import templates_folder


def template_environment(
    kind: str, language: str, autoescape: bool | Callable[[str | None], bool], *, trim: bool
) -> jinja2.Environment:
    """The templates of a kind ("pages" or "mails") with the texts of a language.

    `trim` takes away the line end and the indentation of lines that only steer. What a template needs and is not
    given raises UndefinedError.
    """
    folder = templates_folder() / kind
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=autoescape,  # noqa: S701  (the caller knows which of them are HTML)
        undefined=jinja2.StrictUndefined,
        trim_blocks=trim,
        lstrip_blocks=trim,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_Compiled(folder / "__pycache__"),
    )
    environment.filters["ringing"] = ringing
    catalogue = translations(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    return environment


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates in a folder beside them, as Python keeps its own modules: compiling takes a tenth of a start.

    One that was made from another text, by another version, or with another way of being read is made anew. Where
    nothing can be written, nothing is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        made_by = f"{jinja2.__version__} {Path(__file__).stat().st_mtime_ns}"
        return sha256(f"{name} {filename} {made_by}".encode()).hexdigest()[:32]

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError), self._path(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        path = self._path(bucket)
        new = path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            new.write_bytes(bucket.bytecode_to_string())
            new.replace(path)

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.jinja"
