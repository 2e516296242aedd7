"""The front of Google Cloud as the plan has it: which addresses there are, and whom ingress and rights let in."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from tests.infra.rehearsal.planned import EVERYBODY, Function
from tests.support.cloud_tokens import account_of, google, without_signature
from tests.support.front import Front

NOWHERE = "http://127.0.0.1:9"
"""Nothing answers at the port for discarding."""


class PlannedFront(Front):
    """What comes from outside, or what comes from `inside` the project: tasks and schedule."""

    def __init__(self, functions: Mapping[str, Function], instances: dict[str, list[int]], *, inside: bool) -> None:
        super().__init__(functions, (), "")
        self._functions, self._inside, self.instances = functions, inside, instances
        self._local = {each.run_app: self.addresses[name] for name, each in functions.items()}
        self._local |= {each.base: self.base for each in functions.values()}
        self.unknown: list[str] = []

    def local(self, url: str) -> str:
        """Where on this machine an address of the plan is; nowhere if Google would have none such."""
        parts = urlsplit(url)
        known = self._local.get(f"{parts.scheme}://{parts.netloc}")
        if known is None:
            self.unknown.append(url)
        return (known or NOWHERE) + url.partition(parts.netloc)[2]

    def _admitted(self, name, headers):
        function = self._functions[name]
        if function.inside_only and not self._inside:
            return False
        if EVERYBODY in function.callers:
            return True
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        audiences = (function.run_app, f"{function.base}/{name}")
        accounts = {account_of(token, google().public, audience) for audience in audiences}
        headers["Authorization"] = f"Bearer {without_signature(token)}"
        return bool(accounts & function.callers)
