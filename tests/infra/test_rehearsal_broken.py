"""What a look at Terraform's files can't find, the rehearsal does: infra/ broken on purpose, each with its words."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from dela.errors import DelaError
from tests.e2e import test_journeys as journeys
from tests.infra.rehearsal.home import Rehearsal
from tests.infra.rehearsal.planned import Impossible
from tests.infra.rehearsal.stage import rehearsal
from tests.infra.rehearsal.strangers import open_doors
from tests.infra.test_plan import PUBLIC

pytestmark = [pytest.mark.slow, pytest.mark.firestore, pytest.mark.xdist_group("terraform, rehearsal broken")]


def starts(home: Rehearsal) -> None:
    home.start("signup")


def is_called(home: Rehearsal) -> None:
    home.start("reminders").schedule("reminders")


def signs_somebody_up(home: Rehearsal) -> None:
    home.start("signup", "delivery")
    journeys.a_meeting(home)
    journeys.signed_up(home, journeys.ANNA)


def shows_the_agenda(home: Rehearsal) -> None:
    home.start()
    journeys.test_a_stranger_becomes_someone_who_was_there(home)


def keeps_strangers_out(home: Rehearsal) -> None:
    """Without one instance: whom the front lets through is told that there is none."""
    if found := open_doors(home) - PUBLIC:
        raise Impossible(f"open to strangers: {', '.join(sorted(found))}")


@dataclass(frozen=True)
class Broken:
    """A change to one file, what is done then, and what the rehearsal has to say to it."""

    what: str
    file: str
    old: str
    new: str
    does: Callable[[Rehearsal], None]
    says: str


BROKEN = [
    Broken(
        "a missing variable", "settings.tf", 'DELA_CALLER       = google_service_account.this["caller"].email\n', "",
        starts, "signup does not start.*DELA_CALLER: is missing",
    ),
    Broken(
        "a missing secret", "secrets.tf", 'DELA_IDENTITY_KEY"\n      readers = ["public", "duty", "sender"]',
        'DELA_IDENTITY_KEY"\n      readers = ["duty", "sender"]',
        starts, "DELA_IDENTITY_KEY: is missing",
    ),
    Broken(
        "a secret without the right to read it", "secrets.tf", "for reader in secret.readers :",
        'for reader in setsubtract(secret.readers, ["public"]) :',
        starts, "dela-public@.* may not read the secret dela-",
    ),
    Broken(
        "a wrong entry point", "functions.tf", "= each.key\n    docker", '= "main"\n    docker',
        starts, "signup does not start.*main",
    ),
    Broken(
        "a build that may not read the archive", "images.tf", '"roles/storage.objectViewer"', '"roles/viewer"',
        starts, "may not build: it lacks roles/storage.objectViewer",
    ),
    Broken(
        "a wrong account at the jobs", "schedule.tf", 'google_service_account.this["caller"].email',
        'google_service_account.this["duty"].email',
        is_called, "the job dela-reminders is answered 403",
    ),
    Broken(
        "another audience at the jobs", "schedule.tf", "audience              = local.run_app[each.key]",
        "audience = local.base_url",
        is_called, "the job dela-reminders is answered 403",
    ),
    Broken(
        "an address that there is not", "functions.tf", ".${var.region}.run.app", ".a.run.app",
        is_called, "no such address|answered 50",
    ),
    Broken(
        "a database that there is not", "settings.tf", "${google_firestore_database.forum.name}", "documents",
        is_called, "NOT_FOUND: there is no database projects/dela-[0-9a-f]+/databases/documents|does not exist",
    ),
    Broken(
        "no right to documents", "firestore.tf", '"roles/datastore.user"', '"roles/viewer"',
        is_called, "PERMISSION_DENIED: dela-duty@.* may not read documents",
    ),
    Broken(
        "a missing index for the schedule", "firestore.indexes.json", '"collectionGroup": "meetings"',
        '"collectionGroup": "meeting"',
        is_called, "FAILED_PRECONDITION: the query requires an index: .*meetings",
    ),
    Broken(
        "a missing index for the agenda", "firestore.indexes.json", '"collectionGroup": "agenda"',
        '"collectionGroup": "agendas"',
        shows_the_agenda, "FAILED_PRECONDITION: the query requires an index: .*agenda",
    ),
    Broken(
        "a wrong queue", "settings.tf", "${google_cloud_tasks_queue.mails.name}", "mail",
        signs_somebody_up, "CreateTask: .*mail",
    ),
    Broken(
        "no right to act as the caller", "queue.tf", '"roles/iam.serviceAccountUser"', '"roles/viewer"',
        signs_somebody_up, "PERMISSION_DENIED: dela-public@.*roles/iam.serviceAccountUser",
    ),
    Broken(
        "a wrong address of delivery", "settings.tf", 'local.run_app["delivery"]', 'local.run_app["signup"]',
        signs_somebody_up, "a task was answered 4",
    ),
    Broken(
        "workers that anybody may call", "functions.tf", "for_each = local.public\n",
        "for_each = toset(keys(local.functions))\n",
        keeps_strangers_out, "open to strangers: delivery, reminders, retention",
    ),
    Broken(
        "a worker that is reached from outside", "functions.tf", '"ALLOW_INTERNAL_ONLY"\n      instances   = 2',
        '"ALLOW_ALL"\n      instances   = 2',
        keeps_strangers_out, "open to strangers: delivery$",
    ),
]  # fmt: skip


@pytest.mark.parametrize("broken", [pytest.param(each, id=each.what) for each in BROKEN])
def test_what_is_wrong_in_terraform_fails_in_the_rehearsal(tmp_path, fresh, google, emulator, broken):
    changes = ((broken.file, broken.old, broken.new),)

    stage = rehearsal(tmp_path, fresh, google, emulator, changes)

    with pytest.raises((Impossible, DelaError), match=f"(?s){broken.says}"), stage as home:
        broken.does(home.fresh())
