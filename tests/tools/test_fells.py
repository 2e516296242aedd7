"""The images are what their script draws from the pages' own fells."""

from io import BytesIO

import pytest
from PIL import Image

from tests.support.process import ROOT
from tools.fells import images, png

FOLDER = ROOT / "templates" / "files"


@pytest.mark.slow
def test_what_lies_in_the_tree_is_what_the_script_draws():
    drawn = images()
    assert set(drawn) == {path.name for path in FOLDER.iterdir()}
    for name, data in drawn.items():
        then, now = (Image.open(BytesIO(each)).convert("RGB") for each in ((FOLDER / name).read_bytes(), data))
        assert (then.size, then.tobytes()) == (now.size, now.tobytes()), "run `make images`"


def test_a_png_holds_its_pixels():
    picture = [[(1, 2, 3), (250, 0, 9)], [(0, 0, 0), (255, 255, 255)]]
    read = Image.open(BytesIO(png(picture))).convert("RGB")
    assert [[read.getpixel((x, y)) for x in range(2)] for y in range(2)] == picture
