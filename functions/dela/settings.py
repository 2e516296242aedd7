"""All settings, read from the environment in one place. What is wrong with them is said all at once."""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import core_schema

from dela.parsed.mail_place import MailFolder, MailServer, mail_place
from dela.parsed.mailbox import Mailbox
from dela.parsed.telephone import ringing
from dela.parsed.text import clean, unquoted, words, words_in_quotes
from dela.parsed.web_address import site_origin, web_address

OTHER = "other"
"""The place of someone from outside the county."""
NAMED_BY_OTHERS = ("port", "firestore_emulator_host")
"""Settings whose variables have the names that hosts and tools give them, without DELA_ before them."""
ATTENDEES_ENTER_MINUTES = 15
"""So long before the start the room opens for attendees (docs/rules.md, "The times of a meeting")."""
SECRETS: Final = ("secret_keys", "identity_key", "mail")
"""Settings of which nothing is ever shown: no part of their value is in a message, a log line or a repr."""
SHORTEST_KEY = 16
"""Characters of a key: whoever guesses one makes links, or finds out who is registered."""
JAMTLAND_HARJEDALEN = "Berg,Bräcke,Härjedalen,Krokom,Ragunda,Strömsund,Åre,Östersund"


class SettingsError(Exception):
    """Everything that is wrong with the settings, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("These settings can't be used:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


def _words(value: object) -> object:
    return words(value) if isinstance(value, str) else value


def _mailboxes(value: object) -> object:
    return words_in_quotes(value) if isinstance(value, str) else value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("not a time zone of the IANA list, such as Europe/Stockholm") from error
    return value


def _offsets(values: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if any(value <= timedelta(0) for value in values) or len(set(values)) != len(values):
        raise ValueError("reminder offsets are different times before the start, such as P7D,P1D,PT1H")
    return tuple(sorted(values, reverse=True))


def _days(values: tuple[int, ...]) -> tuple[int, ...]:
    if any(value < 1 for value in values) or len(set(values)) != len(values):
        raise ValueError("different numbers of days before the start, such as 21,10")
    return tuple(sorted(values, reverse=True))


def _mailbox(value: object) -> Mailbox:
    """A mailbox as it was typed, as it is kept, or as it was stored with the other settings."""
    if isinstance(value, dict):
        return Mailbox(**value)
    return value if isinstance(value, Mailbox) else Mailbox.of(str(value))


def _mail_place(value: object) -> MailServer | MailFolder | None:
    """As _mailbox, for what DELA_MAIL says."""
    if isinstance(value, dict):
        return MailServer(**value) if "host" in value else MailFolder(Path(value["folder"]))
    return value if value is None or isinstance(value, MailServer | MailFolder) else mail_place(str(value))


def _delivery(value: str) -> str:
    return web_address(value) if value else value


def _account(value: str) -> str:
    return Mailbox.of(value).address if value else value


def _telephone(value: str) -> str:
    if value and not ringing(value):
        raise ValueError("not a telephone number such as 063-555 01 00")
    return value


def _key(value: str) -> str:
    if value and len(value) < SHORTEST_KEY:
        raise ValueError(f"a key has at least {SHORTEST_KEY} characters: `openssl rand -base64 24` makes a good one")
    return value


class _ReadBy:
    """A value of a class of ours: read by a function, stored as its fields.

    For pydantic to look into such classes would cost each start ten milliseconds.
    """

    def __init__(self, read: Callable[[object], object]) -> None:
        self._read = read

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> core_schema.CoreSchema:
        stored = core_schema.plain_serializer_function_ser_schema(lambda value: vars(value) if value else None)
        return core_schema.no_info_plain_validator_function(self._read, serialization=stored)


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Url = Annotated[str, AfterValidator(web_address)]
STORES = r"sqlite:///.+|firestore://[^/]+(/[^/]+)?"
QUEUES = r"local|cloudtasks://[^/]+/[^/]+/[^/]+"
Key = Annotated[str, AfterValidator(_key)]
Keys = Annotated[tuple[Key, ...], BeforeValidator(_words)]
OneMailbox = Annotated[Mailbox, _ReadBy(_mailbox)]
Mailboxes = Annotated[tuple[OneMailbox, ...], BeforeValidator(_mailboxes)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(site_origin)], ...], BeforeValidator(_words)]
MailPlace = Annotated[MailServer | MailFolder | None, _ReadBy(_mail_place)]
Days = Annotated[tuple[int, ...], BeforeValidator(_words), AfterValidator(_days)]
Offsets = Annotated[tuple[timedelta, ...], BeforeValidator(_words), AfterValidator(_offsets)]


class Settings(BaseModel):
    """Dela's settings. Each is the environment variable DELA_ and its name in capitals, but for NAMED_BY_OTHERS.

    All have a default that works at home. docs/settings.md describes them. What has a form of its own, a mailbox, a
    mail server, the address of a site, is kept parsed and in the form that machines compare: nobody parses it again.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    base_url: Url = "http://localhost:8080"
    data_dir: Path = Path("var")
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    secret_keys: Keys = ()
    identity_key: Key = ""
    store: Annotated[str, Field(pattern=f"^({STORES})?$")] = ""
    queue: Annotated[str, Field(pattern=f"^({QUEUES})$")] = "local"
    mail: MailPlace = None
    mail_from: OneMailbox = Mailbox("Dela", "dela@example.org")
    mail_rate: Annotated[int, Field(ge=0)] = 0
    unproven_hour: Annotated[int, Field(ge=1)] = 200
    unproven_day: Annotated[int, Field(ge=1)] = 1000
    coordinators: Annotated[Mailboxes, Field(min_length=1)] = (Mailbox("", "coordinator@example.org"),)
    coordinator_name: str = "Dela"
    coordinator_phone: Annotated[str, AfterValidator(_telephone)] = ""
    origins: Origins = ()
    proxies: Annotated[int, Field(ge=0)] = 0
    delivery_url: Annotated[str, AfterValidator(_delivery)] = ""
    caller: Annotated[str, AfterValidator(_account)] = ""
    tasks_endpoint: str = ""
    firestore_emulator_host: str = ""

    name: str = "Dela"
    region: str = "Jämtland Härjedalen"
    municipalities: Annotated[Words, Field(min_length=1)] = tuple(JAMTLAND_HARJEDALEN.split(","))
    subject: str = "digitalisering"
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] = "sv"
    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Stockholm"
    minutes: Annotated[int, Field(ge=5, le=480)] = 50
    speakers_min: Annotated[int, Field(ge=1)] = 3
    speakers_max: Annotated[int, Field(ge=1)] = 4
    speaker_nudge_days: Annotated[int, Field(ge=1, le=365)] = 5
    speaker_expiry_days: Annotated[int, Field(ge=1, le=365, validate_default=True)] = 14
    speaker_expiry_before_days: Annotated[int, Field(ge=0, le=365)] = 10
    speaker_warning_days: Days = (21, 10)
    rehearsal_ends_minutes: Annotated[int, Field(le=1440)] = 20
    speaker_opens_minutes: Annotated[int, Field(le=1440, validate_default=True)] = 40
    reminders: Offsets = (timedelta(days=7), timedelta(days=1), timedelta(hours=1))
    keep_contacts_days: Annotated[int, Field(ge=1)] = 365
    keep_registrations_days: Annotated[int, Field(ge=1)] = 60

    @field_validator("speaker_expiry_days")
    @classmethod
    def _nudged_before_it_expires(cls, value: int, info: ValidationInfo) -> int:
        if value <= info.data.get("speaker_nudge_days", 0):
            raise ValueError("an invitation expires after it was nudged: more days than DELA_SPEAKER_NUDGE_DAYS")
        return value

    @field_validator("rehearsal_ends_minutes")
    @classmethod
    def _without_listeners(cls, value: int) -> int:
        if value < ATTENDEES_ENTER_MINUTES:
            minutes = ATTENDEES_ENTER_MINUTES
            raise ValueError(f"attendees come in {minutes} minutes before the start: rehearsing ends no later")
        return value

    @field_validator("speaker_opens_minutes")
    @classmethod
    def _opens_for_a_rehearsal(cls, value: int, info: ValidationInfo) -> int:
        if value <= info.data.get("rehearsal_ends_minutes", ATTENDEES_ENTER_MINUTES):
            raise ValueError("speakers come in before their rehearsal ends: more than DELA_REHEARSAL_ENDS_MINUTES")
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _on_one_line(cls, value: object) -> object:
        """Whatever is typed is one line of text, so that nothing can break out of a header, a link or a file name."""
        if isinstance(value, tuple | list):
            return tuple(clean(each) if isinstance(each, str) else each for each in value)
        return clean(value) if isinstance(value, str) else value

    def __repr_args__(self) -> Any:
        """What a repr shows, without the secrets."""
        return [(name, "***" if name in SECRETS and value else value) for name, value in super().__repr_args__()]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The forum's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def places(self) -> tuple[str, ...]:
        """What a person may choose as their place: the municipalities, and OTHER."""
        return (*self.municipalities, OTHER)

    @property
    def store_url(self) -> str:
        """Where documents lie; by default one SQLite file in the data folder."""
        return self.store or f"sqlite:///{self.data_dir / 'dela.sqlite3'}"

    @property
    def mail_server(self) -> MailServer | None:
        """The server that mails go to, or None where they are written to a folder."""
        return self.mail if isinstance(self.mail, MailServer) else None

    @property
    def in_cloud(self) -> bool:
        """Whether this is the home on Google Cloud, where logs are read by machines."""
        return self.store_url.startswith("firestore:")

    @property
    def project(self) -> str:
        """The project on Google Cloud that the store names; empty at home."""
        return self.store_url.removeprefix("firestore://").split("/")[0] if self.in_cloud else ""

    @property
    def sqlite_path(self) -> Path:
        """The file of the embedded store and queue."""
        return Path(self.store_url.removeprefix("sqlite:///"))

    @property
    def outbox_folder(self) -> Path:
        """The folder that mails are written to instead of being sent; by default in the data folder."""
        return self.mail.folder if isinstance(self.mail, MailFolder) else self.data_dir / "outbox"

    @property
    def reply_to(self) -> Mailbox:
        """Where answers to mails go: to the first coordinator."""
        return self.coordinators[0]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The settings that the environment names. Empty variables count as absent, blanks and quotes around as none.

        Raises SettingsError with everything that is wrong.
        """
        settings, problems = cls.usable(environment)
        if problems:
            raise SettingsError(list(problems.values()))
        return settings

    @classmethod
    def usable(cls, environment: Mapping[str, str]) -> tuple[Self, dict[str, str]]:
        """The settings with those that can't be used left at their defaults, and what is wrong with these, by field."""
        named = {key: value for key, typed in environment.items() if (value := unquoted(typed))}
        values: dict[str, Any] = {
            field: named[variable(field)] for field in cls.model_fields if variable(field) in named
        }
        if "base_url" not in values and re.fullmatch("[0-9]{1,5}", values.get("port", "")):
            values["base_url"] = f"http://localhost:{values['port']}"
        if values.get("store", "").startswith("firestore:"):
            values.setdefault("proxies", 1)  # Google's front end is the one that is always there
        try:
            return cls.model_validate(values), {}
        except ValidationError as error:
            problems = {str(problem["loc"][0]): _sentence(problem) for problem in error.errors(include_input=False)}
        return cls._of_those_that_fit({field: values[field] for field in values if field not in problems}), problems

    @classmethod
    def _of_those_that_fit(cls, values: Mapping[str, Any]) -> Self:
        """The settings of these values, or, where they contradict each other, of those that the ones before allow."""
        with suppress(ValidationError):
            return cls.model_validate(values)
        good: dict[str, Any] = {}
        for field, value in values.items():
            with suppress(ValidationError):
                cls.model_validate({**good, field: value})
                good[field] = value
        return cls.model_validate(good)


def load() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return Settings.from_environment(os.environ)


def load_usable() -> tuple[Settings, dict[str, str]]:
    """The settings of this process as far as they can be used, and what is wrong with the others, by field."""
    return Settings.usable(os.environ)


def unknown_variables() -> list[str]:
    """The variables of this process that look like settings and are none: mistyped, most likely."""
    known = {variable(field) for field in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith("DELA_") and name not in known)


def named_function() -> str | None:
    """The function that this process was started for by the functions framework, or None."""
    return os.environ.get("FUNCTION_TARGET")


def variable(field: str) -> str:
    """The environment variable that sets a field."""
    return field.upper() if field in NAMED_BY_OTHERS else f"DELA_{field.upper()}"


def duration(text: str) -> timedelta:
    """An ISO 8601 duration such as P7D or PT50M. Raises ValueError."""
    if not re.fullmatch(r"-?P.*\d.*", text):
        raise ValueError("not a duration such as P1D or PT50M")
    return TypeAdapter(timedelta).validate_python(text)


def _sentence(problem: Any) -> str:
    """What is wrong, without what was typed: only our own words about a secret, and pydantic's about the others."""
    field = str(problem["loc"][0])
    ours = problem["type"] == "value_error"
    told = str(problem["ctx"]["error"]) if ours else "can't be read" if field in SECRETS else problem["msg"]
    return f"{variable(field)}: {told}"
