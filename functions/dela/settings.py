"""All settings, read from the environment in one place. What is wrong with them is said all at once."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
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

OTHER = "other"
"""The place of someone from outside the county."""
NAMED_BY_OTHERS = ("port", "firestore_emulator_host")
"""Settings whose variables have the names that hosts and tools give them, without DELA_ before them."""
ATTENDEES_ENTER_MINUTES = 15
"""So long before the start the room opens for attendees (product.md, the year, 5)."""
JAMTLAND_HARJEDALEN = "Berg,Bräcke,Härjedalen,Krokom,Ragunda,Strömsund,Åre,Östersund"


class SettingsError(Exception):
    """Everything that is wrong with the settings, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("These settings can't be used:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


def _words(value: object) -> object:
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("not a time zone of the IANA list, such as Europe/Stockholm") from error
    return value


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("not an address such as https://dela.example.org")
    return value.rstrip("/")


def _offsets(values: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if any(value <= timedelta(0) for value in values) or len(set(values)) != len(values):
        raise ValueError("reminder offsets are different times before the start, such as P7D,P1D,PT1H")
    return tuple(sorted(values, reverse=True))


def _days(values: tuple[int, ...]) -> tuple[int, ...]:
    if any(value < 1 for value in values) or len(set(values)) != len(values):
        raise ValueError("different numbers of days before the start, such as 21,10")
    return tuple(sorted(values, reverse=True))


def _mailbox(value: str) -> str:
    local, _, domain = parseaddr(value)[1].rpartition("@")
    if not local or not domain:
        raise ValueError("not a mail address such as Dela <dela@example.org>")
    return value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Url = Annotated[str, AfterValidator(_url)]
STORES = r"sqlite:///.+|firestore://[^/]+(/[^/]+)?"
QUEUES = r"local|cloudtasks://[^/]+/[^/]+/[^/]+"
MAILS = r"outbox:.+|smtps?://.+"
Mailbox = Annotated[str, AfterValidator(_mailbox)]
Mailboxes = Annotated[tuple[Mailbox, ...], BeforeValidator(_words)]
Days = Annotated[tuple[int, ...], BeforeValidator(_words), AfterValidator(_days)]
Offsets = Annotated[tuple[timedelta, ...], BeforeValidator(_words), AfterValidator(_offsets)]


class Settings(BaseModel):
    """Dela's settings. Each is the environment variable DELA_ and its name in capitals, but for NAMED_BY_OTHERS.

    All have a default that works at home. docs/settings.md describes them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    base_url: Url = "http://localhost:8080"
    data_dir: Path = Path("var")
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    secret_keys: Words = ()
    identity_key: str = ""
    store: Annotated[str, Field(pattern=f"^({STORES})?$")] = ""
    queue: Annotated[str, Field(pattern=f"^({QUEUES})$")] = "local"
    mail: Annotated[str, Field(pattern=f"^({MAILS})?$")] = ""
    mail_from: Mailbox = "Dela <dela@example.org>"
    mail_rate: Annotated[int, Field(ge=0)] = 0
    coordinators: Mailboxes = ("coordinator@example.org",)
    coordinator_name: str = "Dela"
    coordinator_phone: str = ""
    origins: Words = ()
    proxies: Annotated[int, Field(ge=0)] = 0
    delivery_url: str = ""
    caller: str = ""
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
    def mail_url(self) -> str:
        """Where mails go; by default the outbox folder in the data folder."""
        return self.mail or f"outbox:{self.data_dir / 'outbox'}"

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
        """The folder that mails are written to instead of being sent."""
        return Path(self.mail_url.removeprefix("outbox:"))

    @property
    def reply_to(self) -> str:
        """The address that answers to mails go to: the first coordinator's."""
        return self.coordinators[0] if self.coordinators else self.mail_from

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The settings that the environment names. Empty variables count as absent.

        Raises SettingsError with everything that is wrong.
        """
        settings, problems = cls.usable(environment)
        if problems:
            raise SettingsError(list(problems.values()))
        return settings

    @classmethod
    def usable(cls, environment: Mapping[str, str]) -> tuple[Self, dict[str, str]]:
        """The settings with those that can't be used left at their defaults, and what is wrong with these, by field."""
        named = {key: value for key, value in environment.items() if value.strip()}
        values: dict[str, Any] = {
            field: named[variable(field)] for field in cls.model_fields if variable(field) in named
        }
        if "base_url" not in values and "port" in values:
            values["base_url"] = f"http://localhost:{values['port']}"
        if values.get("store", "").startswith("firestore:"):
            values.setdefault("proxies", 1)  # Google's front end is the one that is always there
        try:
            return cls.model_validate(values), {}
        except ValidationError as error:
            problems = {str(problem["loc"][0]): _sentence(problem) for problem in error.errors()}
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
    field = str(problem["loc"][0])
    return f"{variable(field)}: {problem['msg'].removeprefix('Value error, ')}"
