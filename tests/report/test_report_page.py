"""The page: all of it in one file, safe against what names say, the same bytes for the same files."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fdan.data.emotions import CorpusError
from fdan.report.page import read_contents, to_page
from fdan.results.runs import RunName
from fdan.runtime.project import Project
from tests.report.small import HOSTILE, IDS, PROVENANCE, write_project


def make(root: Path, synthetic: bool = True) -> str:
    return to_page(read_contents(Project(root), {"savee": synthetic}, ["savee"], PROVENANCE))


class Page(HTMLParser):
    """Tags with their attributes, and all text outside of style and scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in {"script", "style"}:
            self.words.append(data)

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    return folder


@pytest.fixture(scope="module")
def html(root: Path) -> str:
    return make(root)


def test_the_page_asks_for_nothing(html: str) -> None:
    page = Page(html)
    assert not page.of("link") + page.of("iframe") + page.of("form") + page.of("object")
    assert all(str(image["src"]).startswith("data:image/") for image in page.of("img"))
    assert all(str(link["href"]).startswith("#") for link in page.of("a"))
    assert not [
        attributes for _, attributes in page.tags if {"style", "srcset", "onclick", "background"} & {*attributes}
    ]
    assert "http:" not in html
    assert "https:" not in html
    policy = page.of("meta")[1]["content"] or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_links_lead_to_places_that_there_are(html: str) -> None:
    page = Page(html)
    ids = [str(attributes["id"]) for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(link["href"])[1:] for link in page.of("a")} <= set(ids)
    labels = {str(attributes["aria-labelledby"]) for _, attributes in page.tags if "aria-labelledby" in attributes}
    assert labels <= set(ids)


def test_no_name_becomes_markup(html: str) -> None:
    page = Page(html)
    assert HOSTILE not in html
    assert "".join(page.words).count(HOSTILE) >= 9
    scripts = [attributes.get("type") for attributes in page.of("script")]
    assert scripts == ["application/json", None]


def test_what_the_script_reads_names_every_utterance(html: str) -> None:
    data = json.loads(re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)[0])
    assert data["ids"] == list(IDS)
    assert data["said"][3] == [[0, 1.0], [2, 1.0]]
    assert len(data["points"]) == 12
    assert {place for found in data["faces"].values() for place in found} == set(range(8))
    assert data["mels"]["2"] == [2]


def test_everything_is_there_and_the_answer_first(html: str) -> None:
    text = "".join(Page(html).words)
    parts = ["The answer", "Table 1: SAVEE", "Table 4: FDAN", "All rows", "A closer look", "Training curves"]
    heads = [*parts, "The audit", "Claims and protocols", "Contact sheets", "How it was made"]
    places = [html.index(f">{head}") for head in heads[1:]]
    assert html.index('id="answer"') < places[0]
    body = [place for head, place in zip(heads[1:], places, strict=True) if head.startswith("Table")]
    assert body == sorted(body)
    for words in ("Does not hold", "It holds", "not testable here", "+12.00", "train.epochs"):
        assert words in text
    assert "Are the probabilities right?" in text


def test_the_page_opens_with_a_title_a_warning_five_sentences_and_a_picture(html: str) -> None:
    body = html.partition("<body>")[2]
    places = [body.index(part) for part in ("<h1>", '<p class="warning">', '<p class="lead">', "<figure", "<h3>")]
    assert places == sorted(places)
    lead = body.partition('<p class="lead">')[2].partition("</p>")[0]
    assert lead.startswith(
        "We trained 3 systems on SAVEE (4 test utterances), 3 runs in all. None of the paper&#39;s 1"
    )
    assert "The 95 % interval of FDAN minus the row excludes 0 for 1 of 2 rows. We recommend" in lead
    assert body[places[1] : places[2]].count("<p") == 1  # the warning is one line, and nothing stands between
    assert body.count("WAR of every row on SAVEE") == 1  # the picture is not shown again among all rows


def test_an_undertrained_row_is_not_ranked(root: Path) -> None:
    hidden = {RunName("paper", "savee", "fdan1")}
    page = to_page(read_contents(Project(root), {"savee": True}, ["savee"], PROVENANCE, hidden))
    text = "".join(Page(page).words)
    assert "excludes 0 for 0 of 1 rows; 1 undertrained row is not ranked." in text
    assert "Undertrained, so not ranked: FDAN1." in text
    assert "+12.00" not in text


def test_the_audit_is_rendered_below_its_heading_without_what_the_answer_says(html: str) -> None:
    assert "<h3>1. Arithmetic</h3>" in html
    assert "<h4>Deeper</h4>" in html
    assert "Twice." not in html
    assert '<a href="#table1">the table</a>' in html
    assert 'alt="A picture"' in html
    assert 'alt="None"' not in html


def test_columns_stand_under_the_groups_of_the_table(html: str) -> None:
    assert '<th scope="colgroup" colspan="2" class="over">WAR</th>' in html
    assert '<th scope="col" class="leaf num paper">paper</th>' in html
    assert '<th scope="col" class="leaf num ours">ours ± sd [95 %]</th>' in html
    assert '<th scope="colgroup" colspan="1" class="over">Training</th>' in html
    assert '<th scope="col" class="leaf" rowspan="2">Model</th>' in html
    assert '<tr class="fdan"><th scope="row">FDAN</th><td class="num paper">80.00</td>' in html


def test_a_table_of_the_audit_keeps_links_within_the_page(html: str) -> None:
    assert '<th scope="row"><a href="#rows">FDAN</a></th><td class="num">80.00</td>' in html
    assert "example.org" not in html
    assert "and more." in html


def test_a_table_of_another_form_is_refused_in_one_line(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "reports/tables/table2.json").write_text("[]", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"table2.json: not what the stage results writes"):
        make(tmp_path)


def test_the_matrix_pools_the_seeds(html: str) -> None:
    cells = re.findall(r'<td class="heat(\d+)( hit)?" data-cell="(\d) (\d)">([\d.]+)</td>', html)
    found = {(true, called): (percent, bool(hit)) for _, hit, true, called, percent in cells}
    assert found["0", "0"] == ("100.0", True)
    assert found["1", "2"] == ("50.0", True)
    assert found["2", "0"] == ("25.0", True)
    assert found["0", "1"] == ("0.0", False)


def test_the_same_files_give_the_same_bytes(root: Path, html: str) -> None:
    assert make(root) == html


def test_no_real_person_is_in_the_page(tmp_path: Path) -> None:
    write_project(tmp_path)
    for archive in tmp_path.glob("data/*/savee/*.zip"):
        archive.write_bytes(b"whoever opens this fails")
    page = make(tmp_path, synthetic=False)
    assert 'class="faces"' not in page
    assert 'class="mels"' not in page
    assert "synthetic demo" not in page.lower().split("<main>")[1]
    with pytest.raises(CorpusError):
        make(tmp_path, synthetic=True)


@pytest.mark.parametrize(
    "gone",
    [
        *("reports/audit.json", "reports/audit.md", "reports/rows.md", "reports/tables", "reports/figures"),
        *("reports/predictions", "runs", "data", "reports"),
    ],
)
def test_what_was_not_made_is_left_out(tmp_path: Path, gone: str) -> None:
    write_project(tmp_path)
    (tmp_path / gone).rename(tmp_path / "away")
    page = Page(make(tmp_path))
    assert {str(link["href"])[1:] for link in page.of("a")} <= {str(a.get("id")) for _, a in page.tags}
    assert "How it was made" in "".join(page.words)


def test_an_audit_of_another_form_is_refused_in_one_line(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "reports/audit.json").write_text('{"paragraph": 1}', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"audit.json: not what the stage results writes.*run it again") as caught:
        make(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_figure_that_is_none_is_refused(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "reports/figures/rows/savee.png").write_bytes(b"GIF89a")
    with pytest.raises(CorpusError, match="not a PNG file"):
        make(tmp_path)
