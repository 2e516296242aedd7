"""A stranger who tries every door of a rehearsal with everything that a stranger may have."""

from collections.abc import Iterator

from tests.infra.rehearsal.front import PlannedFront
from tests.infra.rehearsal.home import Rehearsal
from tests.infra.rehearsal.planned import Function
from tests.support.cloud_tokens import Signer, google, without_signature

SHUT = {401, 403}


def open_doors(home: Rehearsal) -> set[str]:
    """The functions that let a stranger in, by whatever address and token, from outside or from inside."""
    return {
        function.name
        for function in home.functions.values()
        for front, tokens in _ways(home, function)
        for url in (function.run_app, f"{function.base}/{function.name}")
        for token in tokens
        if home.call(url, token, front) not in SHUT
    }


def _ways(home: Rehearsal, function: Function) -> Iterator[tuple[PlannedFront, list[str]]]:
    """From outside not even the caller's own token opens a worker; from inside any other one does not."""
    callers = {job["oidc_token"][0]["service_account_email"] for job in home.planned.jobs.values()}
    (caller,) = callers
    real = google().token(caller, function.run_app)
    false = [
        "",
        "x.y.z",
        without_signature(real),
        google().token(caller, function.run_app, age=86400),
        google().token(caller, "https://elsewhere.example.org"),
        Signer().token(caller, function.run_app),
        *(google().token(each, function.run_app) for each in sorted(home.planned.accounts - callers)),
    ]
    yield home.inside, false
    yield home.outside, [*false, real]
