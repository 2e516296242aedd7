"""Settings become ports, once per process; endpoints become the functions that are deployed."""

import gc
import importlib
import logging
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Protocol, cast

from werkzeug import Request, Response

from dela import settings as settings_module
from dela.clock.contract import Clock
from dela.errors import DelaError
from dela.mail.contract import MailService
from dela.ports import Declaration, Declared, Ports
from dela.queue.contract import Queue
from dela.settings import Settings, SettingsError
from dela.store.contract import Store
from dela.store.documents import Document
from dela.store.form import form_of
from dela.web import logs
from dela.web.language import unknown_language

log = logging.getLogger(__name__)

Handle = Callable[[Request, Ports], Response]

ENDPOINTS = {
    "signup": "dela.attending.web.signup",
    "invitation": "dela.speaking.web.invitation",
    "join": "dela.attending.web.join",
    "reminders": "dela.duties.reminders",
    "delivery": "dela.duties.delivery",
    "retention": "dela.duties.retention",
}
"""Where each function's endpoint lies: loaded when first asked for, so that no function loads another's."""


class _EndpointModule(Protocol):
    def handle(self, request: Request, ports: Ports) -> Response: ...


def target(name: str) -> Callable[[Request], Response]:
    """The function NAME as the functions framework wants it: a plain function of a request.

    Its endpoint and ports are loaded once, before the first request where the environment names this function, else
    at the first call. Nothing is opened here: the host forks after importing.
    """
    load, form = _Loader(name), _FormCheck(name)

    def function(request: Request) -> Response:
        handle, ports = load()
        logs.trace.set(logs.trace_of(request.headers, ports.settings.project))
        return form.refusal(request, ports) or handle(request, ports)

    function.__name__ = function.__qualname__ = name
    if settings_module.named_function() == name:
        load()
    return function


def ports_of(settings: Settings, clock: Clock | None = None) -> Ports:
    """The ports that these settings name. Nothing is opened yet: adapters open at first use. Raises SettingsError."""
    if unknown := unknown_language(settings.language):
        raise SettingsError([unknown])
    settings = with_keys(settings)
    clock = clock or _system_clock()
    return Ports(
        settings=settings,
        store=_store(settings),
        queue=_queue(settings, clock),
        mail=_mail(settings),
        clock=clock,
        declared=Declared(_declarations, _documents),
    )


def _declarations() -> tuple[Declaration, ...]:
    """Read when first asked for: a page needs none of them."""
    from dela.declarations import DECLARATIONS

    return DECLARATIONS


def _documents() -> tuple[type[Document], ...]:
    from dela.declarations import DOCUMENTS

    return DOCUMENTS


def endpoint(name: str) -> Handle:
    """The handler of the function NAME."""
    module = cast(_EndpointModule, importlib.import_module(ENDPOINTS[name]))
    return module.handle


def with_keys(settings: Settings, made_for: str = "") -> Settings:
    """The settings with their keys: at home made once and kept in the data folder. Raises SettingsError elsewhere.

    `made_for` says what new keys are for. Raises Refused if the file of the keys can't be read.
    """
    if settings.secret_keys and settings.identity_key:
        return settings
    if not settings.store_url.startswith("sqlite:"):
        missing = [name for name in ("secret_keys", "identity_key") if not getattr(settings, name)]
        raise SettingsError([f"{settings_module.variable(name)}: is not set" for name in missing])
    from dela.store.keys_file import load_or_create

    keys = load_or_create(settings.data_dir, made_for)
    return settings.model_copy(
        update={
            "secret_keys": settings.secret_keys or tuple(keys["secret_keys"].split(",")),
            "identity_key": settings.identity_key or keys["identity_key"],
        }
    )


def refuse_half_a_cloud(settings: Settings) -> None:
    """Raise SettingsError with everything that Google Cloud needs and these settings of a function there lack."""
    needs = {
        "base_url": "the address that all links begin with, such as https://REGION-PROJECT.cloudfunctions.net",
        "queue": "cloudtasks://PROJECT/LOCATION/QUEUE: nothing works off a local queue there",
        "delivery_url": "the address of the function delivery, which tasks call",
        "caller": "the service account that tasks call it as",
        "mail": "the mail server: what is written to a folder there is lost",
        "mail_from": "the sender of all mails",
        "coordinators": "who gets the answers to mails",
        "secret_keys": "the keys that links are signed with",
        "identity_key": "the key that ids are derived with",
    }
    useless = {"queue": settings.queue == "local", "mail": settings.mail_server is None}
    wrong = [field for field in needs if useless.get(field, field not in settings.model_fields_set)]
    if wrong:
        raise SettingsError([f"{settings_module.variable(field)}: is missing: {needs[field]}" for field in wrong])


class _Loader:
    """Loads an endpoint and the process's ports once, whichever thread comes first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = Lock()
        self._loaded: tuple[Handle, Ports] | None = None

    def __call__(self) -> tuple[Handle, Ports]:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = endpoint(self._name), _process_ports()
                    freeze()
        return self._loaded


class _FormCheck:
    """Looks, before a process answers for the first time, whether it may work on what is stored (docs/decisions/0012).

    The first process that knows further steps takes them, while the others ask to be called again.
    """

    def __init__(self, name: str) -> None:
        self._name, self._fine = name, False

    def refusal(self, request: Request, ports: Ports) -> Response | None:
        """None once all is well; until then 503 and a line in the log."""
        if self._fine:
            return None
        try:
            if form_of(ports.store).behind:
                from dela.duties.upgrade import upgrade

                upgrade(ports, ports.clock.now())
        except DelaError as error:
            from dela.web.answers import error_answer
            from dela.web.call import call_of

            log.error("%s can't work on what is stored: %s", self._name, error, extra={"action": self._name})
            return error_answer(call_of(request, ports), 503)
        self._fine = True
        return None


def freeze() -> None:
    """Take what start-up made out of the garbage collector's sight: it stays, and looking at it costs the tail.

    Where the collector was off until now there is next to nothing to collect first.
    """
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.enable()


@cache
def _process_ports() -> Ports:
    settings = settings_module.load()
    logs.set_up(cloud=settings.in_cloud)
    if settings.in_cloud:
        refuse_half_a_cloud(settings)
    return ports_of(settings)


def _system_clock() -> Clock:
    from dela.clock.system import SystemClock

    return SystemClock()


def _store(settings: Settings) -> Store:
    kind, _, place = settings.store_url.partition("://")
    if kind == "firestore":
        from dela.store.firestore import FirestoreStore

        project, _, database = place.partition("/")
        return FirestoreStore(project, database or "(default)", settings.firestore_emulator_host)
    from dela.store.sqlite import SqliteStore

    return SqliteStore(settings.sqlite_path)


def _queue(settings: Settings, clock: Clock) -> Queue:
    if settings.queue == "local":
        from dela.queue.local import LocalQueue

        return LocalQueue(settings.sqlite_path, clock)
    from dela.queue.cloud_tasks import CloudTasksQueue

    path = settings.queue.removeprefix("cloudtasks://")
    return CloudTasksQueue(path, settings.delivery_url, settings.caller, settings.tasks_endpoint, clock)


def _mail(settings: Settings) -> MailService:
    if settings.mail_server is None:
        from dela.mail.outbox import Outbox

        return Outbox(settings.outbox_folder)
    from dela.mail.smtp import Smtp

    return Smtp(settings.mail_server)
