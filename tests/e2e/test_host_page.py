"""The host's page in a browser: it counts down by itself, is complete without, and fits on one sheet of paper."""

import re

import pytest

from tests.support.browser import Exhibition

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def hosted(pages):
    exhibition = Exhibition({name: page for name, page in pages.items() if "host: " in name})
    yield exhibition.urls
    exhibition.close()


@pytest.mark.parametrize("language", ["sv", "en"])
def test_it_counts_down_with_its_few_lines_and_says_minutes_without(browser, hosted, language):
    live, plain = browser.new_page(), browser.new_context(java_script_enabled=False).new_page()
    for page in (live, plain):
        page.goto(hosted[f"{language} host: pressed"])
    assert re.fullmatch(r"−?\d+:\d\d", live.inner_text("#left"))
    assert re.search(r"\d+ min", plain.inner_text("#left"))
    assert plain.locator("button").count() == 2
    for page in (live, plain):
        page.close()


@pytest.mark.parametrize("state", ["before", "late"])
def test_it_prints_on_one_sheet(browser, hosted, state):
    page = browser.new_page()
    page.goto(hosted[f"sv host: {state}"])
    printed = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "12mm"))
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.close()
