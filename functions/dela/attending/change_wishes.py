"""Changing what a registered person says of themselves."""

from dela.attending.confirm import registration_of
from dela.attending.registration import Registration, RegistrationState, Wishes
from dela.attending.standing import Closed, Standing
from dela.ports import Ports
from dela.store.contract import Transaction


def change_wishes(ports: Ports, id: str, wishes: Wishes) -> Registration:
    """Store what a person says of themselves now. Raises NotFound, and Closed (LEFT) for who has left."""

    def work(store: Transaction) -> Registration:
        registration = registration_of(store, id)
        if registration.state is RegistrationState.LEFT:
            raise Closed(Standing.LEFT)
        changed = registration.model_copy(update=wishes.model_dump())
        store.put(changed)
        return changed

    return ports.store.transact(work)
