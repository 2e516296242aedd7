"""Draw the fells of the pages' head as images: for link previews, for telephones' home screens, and as favicon.ico.

The same paths and colours as in templates/pages/base.html, drawn with the standard library alone, so that anybody can
change them: `make images` writes templates/files/.
"""

import re
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "templates" / "files"
SKY, DAWN, SUN, FAR, MID, PAPER = "cfdfe6", "fae4d0", "f3b27c", "a9c0c2", "6f9591", "f7f5f0"
SPRUCE = "1d5848"
STEPS = 12
"""Points to which each curve is cut: more than a pixel can show."""
FINE = 3
"""Each pixel is looked at in so many rows, and its edges in fractions of a column, so that edges are smooth."""

Colour = tuple[int, int, int]
Point = tuple[float, float]
ICON = "M0 26c5 0 7-16 12-16 4 0 5 7 8 7s3-4 5-4c3 0 4 13 7 13z"


def main() -> None:
    """Write all images and say how large they are."""
    FOLDER.mkdir(exist_ok=True)
    for name, data in images().items():
        (FOLDER / name).write_bytes(data)
        print(f"{(FOLDER / name).relative_to(ROOT)}: {len(data) / 1024:.1f} KiB")


def images() -> dict[str, bytes]:
    """Every image by its name."""
    small = icon(32)
    return {
        "fells.png": png(preview(1200, 630)),
        "apple-touch-icon.png": png(icon(180)),
        "favicon.ico": ico(png(small), 32),
    }


def preview(width: int, height: int) -> list[list[Colour]]:
    """The fells below a morning sky, in the proportions that link previews have."""
    picture = [[blend(rgb(SKY), rgb(DAWN), row / height)] * width for row in range(height)]
    scale = width / 1200
    lift = height - 100 * scale * 2.6

    def place(point: Point) -> Point:
        return point[0] * scale, lift + point[1] * scale * 2.6

    circle(picture, place((742, 46)), 92 * scale, rgb(SUN))
    for path, colour in zip(paths(), (FAR, MID, PAPER), strict=True):
        fill(picture, [place(point) for point in points(path)], rgb(colour))
    return picture


def icon(size: int) -> list[list[Colour]]:
    """The fell of the page's icon on paper."""
    picture = [[rgb(PAPER)] * size for _ in range(size)]
    fill(picture, [(x * size / 32, y * size / 32) for x, y in points(ICON)], rgb(SPRUCE))
    return picture


def paths() -> list[str]:
    """The three hills of the pages' head."""
    base = (ROOT / "templates" / "pages" / "base.html").read_text()
    return re.findall(r'<path fill="var\(--\w+\)" d="([^"]+)"', base)


def points(path: str) -> list[Point]:
    """The outline of a path of M, c, s, v, h, l and z, its curves cut into straight pieces."""
    found: list[Point] = []
    x = y = 0.0
    back: Point = (0.0, 0.0)
    for command, text in re.findall(r"([McsvhlHz])([^McsvhlHz]*)", path):
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", text)]
        if command == "M":
            x, y = numbers[0], numbers[1]
            found.append((x, y))
        for a, b, c, d, e, f in curves(command, numbers):
            a, b = back if command == "s" else (a, b)
            found += [bezier((x, y), (x + a, y + b), (x + c, y + d), (x + e, y + f), n / STEPS) for n in steps()]
            x, y, back = x + e, y + f, (e - c, f - d)
        for dx, dy in lines(command, numbers, x):
            x, y = x + dx, y + dy
            found.append((x, y))
    return found


def steps() -> range:
    """The pieces of a curve."""
    return range(1, STEPS + 1)


def curves(command: str, numbers: list[float]) -> Iterable[list[float]]:
    """The curves of a command, relative to where each begins; that of `s` lacks its beginning."""
    if command == "c":
        yield from (numbers[start : start + 6] for start in range(0, len(numbers), 6))
    elif command == "s":
        yield from ([0.0, 0.0, *numbers[start : start + 4]] for start in range(0, len(numbers), 4))


def lines(command: str, numbers: list[float], x: float) -> Iterable[Point]:
    """The straight pieces of a command, relative to where each begins."""
    if command == "v":
        yield from ((0.0, number) for number in numbers)
    elif command == "h":
        yield from ((number, 0.0) for number in numbers)
    elif command == "H":
        yield from ((number - x, 0.0) for number in numbers)


def bezier(p: Point, q: Point, r: Point, s: Point, t: float) -> Point:
    """The point of a cubic curve at t."""
    u = 1 - t
    weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
    corners = (p, q, r, s)
    return (
        sum(weight * corner[0] for weight, corner in zip(weights, corners, strict=True)),
        sum(weight * corner[1] for weight, corner in zip(weights, corners, strict=True)),
    )


def fill(picture: list[list[Colour]], outline: list[Point], colour: Colour) -> None:
    """Fill an outline, row by row, with smooth edges."""
    width = len(picture[0])
    edges = list(zip(outline, [*outline[1:], outline[0]], strict=True))
    for row, line in enumerate(picture):
        covered = [0.0] * width
        for part in range(FINE):
            height = row + (part + 0.5) / FINE
            crossings = sorted(
                cross(edge, height) for edge in edges if (edge[0][1] <= height) != (edge[1][1] <= height)
            )
            for left, right in zip(crossings[::2], crossings[1::2], strict=False):
                cover(covered, left, right)
        paint(line, covered, colour)


def cross(edge: tuple[Point, Point], height: float) -> float:
    """Where an edge crosses a height."""
    (x, y), (to_x, to_y) = edge
    return x + (height - y) / (to_y - y) * (to_x - x)


def cover(covered: list[float], left: float, right: float) -> None:
    """Add what lies between two places of one row to the share of each pixel that is covered."""
    left, right = max(left, 0.0), min(right, float(len(covered)))
    for column in range(int(left), min(int(right) + 1, len(covered))):
        covered[column] += max(0.0, min(right, column + 1) - max(left, column)) / FINE


def paint(line: list[Colour], covered: list[float], colour: Colour) -> None:
    """Lay a colour over a row, as far as each pixel is covered."""
    for column, share in enumerate(covered):
        if share > 0.003:
            line[column] = blend(line[column], colour, min(share, 1.0))


def circle(picture: list[list[Colour]], middle: Point, radius: float, colour: Colour) -> None:
    """A disc with a smooth edge."""
    for row, line in enumerate(picture):
        for column, below in enumerate(line):
            distance = ((column + 0.5 - middle[0]) ** 2 + (row + 0.5 - middle[1]) ** 2) ** 0.5
            if distance < radius + 0.5:
                line[column] = blend(below, colour, min(1.0, radius + 0.5 - distance))


def blend(below: Colour, above: Colour, share: float) -> Colour:
    """A colour between two."""
    red, green, blue = (round(b + (a - b) * share) for b, a in zip(below, above, strict=True))
    return red, green, blue


def rgb(text: str) -> Colour:
    """A colour of six hexadecimal digits."""
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


def png(picture: list[list[Colour]]) -> bytes:
    """A picture as PNG (RFC 2083): rows as differences to the row above, which compress best for a sky."""
    width, height = len(picture[0]), len(picture)
    rows, above = [], bytes(width * 3)
    for line in picture:
        row = bytes(channel for pixel in line for channel in pixel)
        rows.append(b"\x02" + bytes((a - b) & 255 for a, b in zip(row, above, strict=True)))
        above = row
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data)
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def ico(image: bytes, size: int) -> bytes:
    """A PNG as the one image of an ICO file."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, size, size, 0, 0, 1, 32, len(image), 22) + image


if __name__ == "__main__":
    main()
