"""The poster: A4, black on white, with a code that a telephone reads from a grey print of little resolution."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from tests.support.browser import PHONE
from tests.support.local_web import forum_on_the_web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
DPI = 150
CSS_DPI = 96
A4 = {"width": 210, "height": 297}
"""Millimetres."""


@pytest.fixture
def forum(tmp_path):
    with forum_on_the_web(tmp_path) as forum:
        yield forum


def printed(browser, url):
    """The page as it is printed on one A4 sheet in grey, and its words."""
    size = {side: round(millimetres / 25.4 * CSS_DPI) for side, millimetres in A4.items()}
    context = browser.new_context(java_script_enabled=False, viewport=size, device_scale_factor=DPI / CSS_DPI)
    page = context.new_page()
    page.goto(url)
    page.emulate_media(media="print")
    picture = Image.open(BytesIO(page.screenshot(full_page=True))).convert("L")
    words = page.inner_text("body")
    context.close()
    return picture, words


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("named", [True, False])
def test_a_telephone_reads_the_code_from_a_grey_print_at_150_dpi(browser, forum, language, named):
    meeting = forum.meeting()
    path = f"{meeting.id}/" if named else ""
    picture, words = printed(browser, f"{forum.settings.base_url}/signup/{path}poster?lang={language}")
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == f"{forum.settings.base_url}/signup{f'/{meeting.id}' if named else ''}"
    assert code.text.removeprefix("http://").removeprefix("https://") in words, "the address stands there in words, too"
    assert {"sv": "12.10–13.00", "en": "12:10–13:00"}[language] in words
    assert picture.size[1] <= A4["height"] / 25.4 * DPI + 2, "it is one sheet"


def test_the_code_is_black_on_white_with_a_quiet_zone_in_dark_mode_too(browser, forum):
    forum.meeting()
    context = browser.new_context(color_scheme="dark", viewport=PHONE)
    page = context.new_page()
    page.goto(f"{forum.settings.base_url}/signup/poster")
    picture = Image.open(BytesIO(page.locator("svg.qr").screenshot())).convert("L")
    assert len(zxingcpp.read_barcodes(picture)) == 1
    edge = max(2, picture.width // 20)
    assert min(picture.crop((0, 0, picture.width, edge)).tobytes()) > 250
    assert min(picture.tobytes()) < 5
    context.close()


def test_what_covers_a_part_of_it_does_not_spoil_it(browser, forum):
    """Level Q: a drop of rain, a drawing pin."""
    forum.meeting()
    picture, _ = printed(browser, f"{forum.settings.base_url}/signup/poster")
    place = zxingcpp.read_barcodes(picture)[0].position
    middle = ((place.top_left.x + place.bottom_right.x) // 2, (place.top_left.y + place.bottom_right.y) // 2)
    side = (place.bottom_right.x - place.top_left.x) // 6
    picture.paste(255, (middle[0], middle[1], middle[0] + side, middle[1] + side))
    assert len(zxingcpp.read_barcodes(picture)) == 1
