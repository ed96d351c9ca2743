"""The page in a browser: what answers to mouse and keyboard, and that it asks for nothing and complains of nothing."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fdan.report.page import read_contents, to_page
from fdan.runtime.project import Project
from tests.report.browser import Browser, browse, find_chromium
from tests.report.small import HOSTILE, PROVENANCE, write_project

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium here; set FDAN_CHROMIUM to one")

AXE = Path(os.environ.get("FDAN_AXE", Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("browser")
    write_project(folder)
    page = folder / "reports/index.html"
    page.write_text(to_page(read_contents(Project(folder), {"savee": True}, ["savee"], PROVENANCE)), encoding="utf-8")
    program = find_chromium()
    assert program is not None
    with browse(program, folder / "profile") as found:
        found.open(page.as_uri())
        yield found
        # At the end of all: nothing went wrong on the way, and nothing but the page itself was asked for.
        assert found.told("Runtime.exceptionThrown") == []
        assert found.told("Runtime.consoleAPICalled") == []
        assert found.told("Log.entryAdded") == []
        asked = {request["request"]["url"].partition(":")[0] for request in found.told("Network.requestWillBeSent")}
        assert asked <= {"file", "data"}
        assert len([r for r in found.told("Network.requestWillBeSent") if r["request"]["url"].startswith("file")]) == 1


def column(browser: Browser, place: int) -> list[str]:
    found: list[str] = browser.evaluate(
        f"[...document.querySelectorAll('#table1 tbody tr')].map((row) => row.cells[{place}].textContent)"
    )
    return found


def detail(browser: Browser) -> str:
    return str(browser.evaluate("document.querySelector('.detail').textContent"))


def test_a_heading_sorts_up_down_and_back(browser: Browser) -> None:
    before = column(browser, 2)
    button = "#table1 thead tr:last-child th:nth-child(2) button"
    for expected, sort in (
        (["−3.00", "9.50 ± 1.00 [5.0, 28.1]", "75.00"], "ascending"),
        (["75.00", "9.50 ± 1.00 [5.0, 28.1]", "−3.00"], "descending"),
        (before, None),
    ):
        browser.click(button)
        assert column(browser, 2) == expected
        assert browser.evaluate(f"document.querySelector('{button}').parentNode.getAttribute('aria-sort')") == sort


def test_what_is_not_there_stands_last_and_the_keyboard_sorts_too(browser: Browser) -> None:
    browser.evaluate("document.querySelector('#table1 thead tr:last-child th:nth-child(1) button').focus()")
    for _ in range(2):
        browser.press("Enter")
        assert column(browser, 1)[-1] == "—"
    browser.press("Enter")
    assert column(browser, 0) == ["A", HOSTILE, "FDAN"]


def test_a_cell_lists_its_utterances_and_each_is_shown(browser: Browser) -> None:
    browser.click("td[data-cell='0 0']")
    assert "anger, called anger: 2 times, 1 utterance" in detail(browser)
    browser.click(".detail li button")
    assert HOSTILE in detail(browser)
    assert "true: anger" in detail(browser)
    assert "seed 0: anger (1.00), seed 1: anger (1.00)" in detail(browser)
    assert browser.evaluate("document.querySelectorAll('.detail canvas').length") == 2
    assert browser.evaluate("document.querySelector('.detail script')") is None
    assert browser.evaluate("document.querySelector('.ring').classList.contains('on')")


def test_its_pictures_are_drawn(browser: Browser) -> None:
    browser.click("td[data-cell='0 0']")
    browser.click(".detail li button")
    drawn = browser.evaluate(
        "new Promise((done) => setTimeout(() => { const c = [...document.querySelectorAll('.detail canvas')];"
        "done(c.map((one) => one.getContext('2d').getImageData(9, 9, 1, 1).data[3])); }, 200))"
    )
    assert drawn == [255, 255]


def test_arrow_keys_go_from_cell_to_cell(browser: Browser) -> None:
    browser.evaluate("document.querySelector(\"td[data-cell='0 0']\").focus()")
    browser.press("ArrowDown")
    assert browser.evaluate("document.activeElement.dataset.cell") == "2 0"  # nothing was called anger in between
    browser.press("Enter")
    assert "sadness, called anger" in detail(browser)
    assert browser.evaluate("document.querySelectorAll('.matrix [tabindex=\"0\"]').length") == 1


def test_the_mouse_over_a_point_shows_it(browser: Browser) -> None:
    place: Any = browser.evaluate(
        "(() => { const svg = document.querySelector('.map svg');"
        "svg.scrollIntoView({block: 'center', behavior: 'instant'});"
        "const data = JSON.parse(document.querySelector('.explore script').textContent);"
        "const [, , , x, y] = data.points[3];"
        "const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [at.x, at.y]; })()"
    )
    browser.mouse("mouseMoved", *place)
    assert "u3 speech, test" in detail(browser)


def test_arrow_keys_go_from_point_to_point(browser: Browser) -> None:
    browser.evaluate("document.querySelector('.map').focus()")
    browser.press("Home")
    assert HOSTILE in detail(browser)
    browser.press("ArrowRight")
    assert HOSTILE not in detail(browser)


def test_a_link_into_a_closed_part_opens_it(browser: Browser) -> None:
    assert not browser.evaluate("document.querySelector('#rows').open")
    browser.click("#audit a[href='#rows']")
    assert browser.evaluate("new Promise((done) => setTimeout(() => done(document.querySelector('#rows').open), 100))")


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_a_screen_reader_finds_nothing_serious(browser: Browser, width: int, scheme: str) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    assert browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    cut = "[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth).length"
    assert width < 1280 or browser.evaluate(cut) == 0
    dark = browser.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")
    if not AXE.is_file():
        pytest.skip(f"no axe-core in {AXE} (npm install axe-core, or FDAN_AXE)")
    browser.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = browser.evaluate(
        "axe.run().then((r) => r.violations.map((v) => [v.impact, v.id, v.nodes[0].html.slice(0, 200)]))"
    )
    assert found == []


def test_plots_show_draws_its_curves_without_a_network(tmp_path: Path) -> None:
    """DVC's page, whose drawing code is elsewhere, with the project's own template."""
    from dvc_render import VegaRenderer, render_html

    points = [{"rev": rev, "epoch": str(i), "y": value} for rev in "ab" for i, value in enumerate("31")]
    curves = VegaRenderer(points, "Loss of FDAN", template="linear", x="epoch", y="y", title="Loss of FDAN")
    page = tmp_path / "plots/index.html"
    render_html([curves], page, Path(__file__).parents[2] / ".dvc/plots.html")
    program = find_chromium()
    assert program is not None
    with browse(program, tmp_path / "profile") as found:
        nothing = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        found.call("Network.emulateNetworkConditions", **nothing)
        found.open(page.as_uri())
        assert found.evaluate("document.querySelectorAll('#Loss_of_FDAN polyline').length") == 2
        assert "Loss of FDAN" in found.evaluate("document.querySelector('#Loss_of_FDAN svg').textContent")
        assert found.told("Runtime.exceptionThrown") == []
