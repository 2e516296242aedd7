"""Slips of the finger in well-known mail domains: offered as a question, never corrected unasked."""

SLIPS = {
    "gmail.com": "gmial.com gmal.com gmai.com gnail.com gmaill.com gmil.com gmail.co gmail.cm gmail.se gamil.com",
    "hotmail.com": "hotmial.com hotmal.com hotmai.com hotmil.com hotmail.co hotamil.com hormail.com",
    "outlook.com": "outlok.com outloo.com outlook.co outllook.com oultook.com",
    "icloud.com": "iclod.com icoud.com icloud.co icluod.com icloud.se",
    "yahoo.com": "yaho.com yahooo.com yahoo.co",
    "live.se": "liv.se",
    "telia.com": "telia.co tellia.com",
}
MEANT = {slip: right for right, slips in SLIPS.items() for slip in slips.split()}
ENDINGS = {
    ".con": ".com",
    ".cim": ".com",
    ".vom": ".com",
    ".comm": ".com",
    ".ocm": ".com",
    ".see": ".se",
    ".sse": ".se",
}


def meant(address: str) -> str | None:
    """The address that was probably meant by one with a usual slip in its domain; None if nothing looks wrong."""
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    right = MEANT.get(domain)
    for wrong, ending in ENDINGS.items():
        if right is None and domain.endswith(wrong):
            right = domain.removesuffix(wrong) + ending
    return f"{local}@{MEANT.get(right, right)}" if right else None
