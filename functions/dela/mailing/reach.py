"""Whether a mail can reach an address, said before its owner waits for one."""

from dela.errors import Invalid
from dela.ports import Ports

UNREACHABLE = "address_unreachable"


def refuse_unreachable(ports: Ports, field: str, address: str) -> None:
    """Raise Invalid for what was typed in `field` if our mail server is known not to carry such an address.

    It looks at the address alone, not at whose it is. What is not known yet refuses nobody: then that mail fails where
    the coordinator sees it.
    """
    if not address.isascii() and not ports.mail.carries_any_script():
        raise Invalid({field: UNREACHABLE})
