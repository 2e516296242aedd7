"""An address as a QR code, drawn as SVG: it stands inside the page, sharp at any size on paper."""

from functools import lru_cache
from io import BytesIO

QUIET = 4
"""Modules of white around it: what scanners need (ISO/IEC 18004, 7.1)."""


@lru_cache(maxsize=64)
def qr_code(url: str) -> str:
    """The SVG of a code that survives a crease or a stain (level Q), black on white with its quiet zone."""
    import segno

    out = BytesIO()
    segno.make_qr(url, error="q").save(
        out,
        kind="svg",
        border=QUIET,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgns=True,
        nl=False,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        unit=None,
    )
    return out.getvalue().decode()
