"""Bringing what is stored into the form that this program knows, step by step."""

import logging
from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex

from dela.errors import TemporaryFailure
from dela.ports import Ports
from dela.store.contract import Transaction
from dela.store.form import HELD, Step, form_of

log = logging.getLogger(__name__)


def waiting(ports: Ports) -> Sequence[Step]:
    """The steps that are still to be taken. Raises Refused if a newer program has changed the data too far."""
    form = form_of(ports.store)
    if not form.behind:
        return ()  # a start need not wait for every room's declarations
    return [step for step in ports.declared.all(Step) if step.number > form.done]


def upgrade(ports: Ports, now: datetime) -> int:
    """Take the steps that wait, in order; answers how many. Again, or cut short and again, comes to the same.

    One at a time does it: raises TemporaryFailure while another one does. Raises Refused as `waiting` does.
    """
    steps = waiting(ports)
    if not steps:
        return 0
    if all(step.run is None and not step.breaking for step in steps):
        return _note(ports, steps)
    owner = token_hex(8)
    for step in steps:
        # Programs that do not know a breaking step are kept out before it begins, not when it is over.
        _mark(ports, owner, now, needs=step.number if step.breaking else 0)
        if step.run is not None:
            step.run(ports.store, ports.settings)
        _mark(ports, owner, now, done=step.number)
        log.info("the data are in form %d: %s", step.number, step.what, extra={"action": "upgrade"})
    _mark(ports, owner, now, ends=True)
    return len(steps)


def _note(ports: Ports, steps: Sequence[Step]) -> int:
    """Write down steps that change nothing: no one has to wait for another, as when functions first start together."""
    last = steps[-1]

    def work(store: Transaction) -> bool:
        form = form_of(store)
        if form.done < last.number:
            store.put(form.model_copy(update={"done": last.number}))
        return form.done < last.number

    try:
        noted = ports.store.transact(work)
    except TemporaryFailure:
        return 0  # nothing depends on it: whoever starts next writes it down
    if noted:
        log.info("the data are in form %d: %s", last.number, last.what, extra={"action": "upgrade"})
    return len(steps)


def _mark(ports: Ports, owner: str, now: datetime, *, needs: int = 0, done: int = 0, ends: bool = False) -> None:
    """Write down how far it has come, and who is at it. Numbers never go back."""
    now = max(now, ports.clock.now())

    def work(store: Transaction) -> None:
        form = form_of(store)
        if form.held(owner, now):
            raise TemporaryFailure("the data are being upgraded: please try again in a few minutes")
        numbers = {"needs": max(form.needs, needs), "done": max(form.done, done)}
        holder = {"owner": "", "until": None} if ends else {"owner": owner, "until": now + HELD}
        store.put(form.model_copy(update={**numbers, **holder}))

    ports.store.transact(work)
