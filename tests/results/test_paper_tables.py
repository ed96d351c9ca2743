import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from fdan.data.emotions import CorpusError
from fdan.metrics.scores import Scores
from fdan.results import printing
from fdan.results.corpus_summary import CorpusFacts
from fdan.results.paper_sheets import make_metrics, to_sheet
from fdan.results.paper_tables import RowExtras, Table, make_tables
from fdan.results.published import PUBLISHED, PublishedRow
from fdan.results.statistics import Interval

RESULTS = {
    # mean 83.00, 82.00, 81.00; sample sd sqrt(((-1)^2 + 0 + 1^2) / 2) = 1
    ("savee", "fdan"): [Scores(82.0, 81.0, 80.0), Scores(83.0, 82.0, 81.0), Scores(84.0, 83.0, 82.0)],
    ("savee", "fdan1"): [Scores(100 * 2 / 3, 50.0, 25.126)],
    ("savee", "vgg16"): [Scores(20.0, 14.0, 10.0)],
    ("meld", "fdan"): [Scores(50.0, 40.0, 45.0)],
    ("meld", "multi"): [Scores(51.0, 41.0, 46.0), Scores(53.0, 41.0, 46.0)],
    ("meld", "resnet34"): [],
}


def to_markdown(table: Table) -> str:
    return printing.to_markdown(to_sheet(table))


def to_csv(table: Table) -> str:
    return printing.to_csv(to_sheet(table))


def to_latex(table: Table) -> str:
    return printing.to_latex(to_sheet(table))


NOBODY = {corpus: CorpusFacts.of(corpus) for corpus in ("savee", "meld")}

NOTE = "CNN rows: 2 epochs & 100 % untrained_networks"


def tables(savee_synthetic: bool = False, meld_synthetic: bool = False) -> tuple[Table, ...]:
    facts = {
        "savee": CorpusFacts("SAVEE", savee_synthetic, 480, 384, 96),
        "meld": CorpusFacts("MELD", meld_synthetic, 13706, 10960, 2745),
    }
    return make_tables(RESULTS, facts, {"savee": NOTE, "meld": NOTE})


def markdown_rows(text: str) -> list[list[str]]:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    assert len({len(row) for row in rows}) == 1
    return rows


def paper_numbers(row: PublishedRow, missing: str) -> list[str]:
    return [missing if value is None else f"{value:.2f}" for value in (row.war, row.uar, row.wf1)]


@pytest.mark.parametrize("synthetic", [False, True])
def test_every_published_row_stands_in_its_table_in_all_three_forms(synthetic: bool) -> None:
    for table in tables(synthetic, synthetic):
        published = [row for row in PUBLISHED if row.table == table.number]
        header, _, *printed = markdown_rows(to_markdown(table))
        paper = [place for place, name in enumerate(header) if name.endswith("paper")]
        lines = re.findall(r"^(.*) \\\\$", to_latex(table), flags=re.M)[2:]
        records = list(csv.DictReader(io.StringIO(to_csv(table))))
        assert len(published) == len(printed) == len(lines) == len(records)
        for row, cells, line, record in zip(published, printed, lines, records, strict=True):
            assert row.row in cells[0]
            assert [cells[place] for place in paper] == paper_numbers(row, "—")
            tex = [cell.strip() for cell in line.split(" & ")]
            assert row.row.replace("{", r"\{").replace("}", r"\}") in tex[0]
            assert [tex[place] for place in paper] == paper_numbers(row, "---")
            assert record["row"] == row.row
            assert [record[f"{key}_paper"] for key in ("WAR", "UAR", "wF1")] == paper_numbers(row, "")
            assert (record["kind"], record["note"]) == (row.kind, row.note)


def test_ours_is_a_mean_with_sd_beside_the_paper_and_the_difference() -> None:
    header, _, *rows = markdown_rows(to_markdown(tables()[0]))
    by_name = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    fdan = by_name["FDAN"]
    assert (fdan["Input"], fdan["WAR paper"], fdan["WAR ours"], fdan["WAR diff"]) == (
        "A+V",
        "86.66",
        "83.00 ± 1.00",
        "−3.66",
    )
    assert by_name["VGG-16"]["WAR ours"] == "20.00"  # one seed has no sd
    assert (by_name["VGG-19"]["WAR ours"], by_name["VGG-19"]["WAR diff"]) == ("not run", "—")
    assert (by_name["INCA †"]["WAR paper"], by_name["INCA †"]["WAR ours"]) == ("81.63", "not run")
    assert "- INCA: Tuncer et al. 2021, KBS 211:106547; 10-fold, not this split" in to_markdown(tables()[0])
    assert {row["seeds"] for row in csv.DictReader(io.StringIO(to_csv(tables()[0])))} == {"0", "1", "3"}


def test_a_quoted_row_is_measured_beside_its_kind_or_says_why_not() -> None:
    results = {("meld", "sdt"): [Scores(40.0, 30.0, 35.0)], ("meld", "trin"): [Scores(41.0, 30.0, 35.0)]}
    found = {
        ("meld", "sdt"): RowExtras(Interval(38.04, 42.0), 0.012, (12_345, 12_400), words=40.5),
        ("meld", "trin"): RowExtras(Interval(39.0, 43.0), 0.9, (77,)),
        ("meld", "map"): RowExtras(missing="no transcript"),
    }
    table = make_tables(results, NOBODY, {}, found)[1]
    header, _, *rows = markdown_rows(to_markdown(table))
    by_name = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    sdt = by_name["SDT †"]
    assert (sdt["kind"], sdt["ours parameters"], sdt["ours seeds"]) == ("faithful", "12,345 to 12,400", "1")
    assert (sdt["WAR paper"], sdt["WAR ours"], sdt["WAR 95 %"], sdt["p Holm"]) == (
        "67.55",
        "40.00",
        "[38.0, 42.0]",
        "0.012",
    )
    assert by_name["TRIN †"]["ours parameters"] == "77"
    assert (by_name["MAP †"]["WAR ours"], by_name["MAP †"]["UAR ours"]) == ("no transcript", "—")
    assert (by_name["VGG-16"]["kind"], by_name["VGG-16"]["WAR ours"]) == ("—", "not run")
    note = next(line for line in to_markdown(table).splitlines() if line.startswith("- SDT"))
    assert "Here, faithful: features are this project's" in note
    assert note.endswith("does not beat n-grams with logistic regression on the same split (WAR 40.50).")
    assert "does not beat" not in to_markdown(table).replace(note, "")
    assert "- n-grams of what is said, with logistic regression, on this split: WAR 40.50." in to_markdown(table)
    record = {row["row"]: row for row in csv.DictReader(io.StringIO(to_csv(table)))}["SDT"]
    assert [record[key] for key in ("reproduction", "WAR_low", "p_holm", "parameters_least", "parameters_most")] == [
        *("faithful", "38.04", "0.012", "12345", "12400"),
    ]


def test_a_seed_that_diverged_stands_below_the_table_and_a_row_of_such_seeds_says_so() -> None:
    found = {
        ("savee", "fdan1"): RowExtras(diverged=("diverged in epoch 3 of seed 1",)),
        ("savee", "vgg19"): RowExtras(missing="diverged", diverged=("diverged in epoch 1 of seed 0",)),
        ("savee", "resnet50"): RowExtras(missing="not run (cnn.networks)"),
    }
    first, *_, fourth = make_tables(RESULTS, NOBODY, {}, found)
    header, _, *rows = markdown_rows(to_markdown(first))
    by_name = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert [by_name[name]["WAR ours"] for name in ("VGG-19", "ResNet-50")] == ["diverged", "not run (cnn.networks)"]
    assert by_name["VGG-19"]["UAR ours"] == "—"
    assert "- VGG-19: diverged in epoch 1 of seed 0.\n" in to_markdown(first)
    assert "- SAVEE FDAN1: diverged in epoch 3 of seed 1.\n" in to_markdown(fourth)
    records = {row["row"]: row for row in csv.DictReader(io.StringIO(to_csv(fourth))) if row["corpus"] == "SAVEE"}
    assert (records["FDAN1"]["WAR_mean"][:5], records["FDAN1"]["missing"]) == ("66.66", "diverged in epoch 3 of seed 1")


def test_json_gives_back_what_is_printed_and_html_its_groups(tmp_path: Path) -> None:
    for table in tables():
        sheet = to_sheet(table)
        file = tmp_path / "table.json"
        file.write_text(printing.to_json(sheet), encoding="utf-8")
        assert printing.read_sheet(file) == replace(sheet, fields=(), records=())
        html = printing.to_html(sheet, "a label")
        assert html.count('class="over"') == len({group for group, _ in sheet.columns if group})
        assert html.count("<tr") == len(sheet.lines) + 2
        assert html.count("<td") == len(sheet.lines) * (len(sheet.columns) - 1)


def test_no_cell_becomes_markup() -> None:
    hostile = "<script>&amp;"
    sheet = printing.Sheet(hostile, "", hostile, (("", hostile), (hostile, hostile)), ((hostile, hostile),), (hostile,))
    html = printing.to_html(sheet, hostile)
    assert "<script" not in html
    assert html.count("&lt;script&gt;&amp;amp;") == 9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Invalid JSON"),
        ('{"title": 1}', "title: Input should be a valid string"),
        (
            '{"title": "", "label": "", "caption": "", "columns": [["", "a"]], "lines": [["b", "c"]]}',
            "a row has other columns",
        ),
    ],
)
def test_a_table_of_another_form_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "table.json").write_text(text)
    with pytest.raises(CorpusError, match=f"table.json: not what the stage results writes .*{said}") as caught:
        printing.read_sheet(tmp_path / "table.json")
    assert "\n" not in str(caught.value)


def test_a_caption_names_corpus_counts_and_seeds() -> None:
    caption = tables()[0].caption
    assert "SAVEE: 480 utterances, 384 train, 96 test" in caption
    assert "3 seeds (FDAN), 1 seed (VGG-16)" in caption
    assert "SYNTHETIC" not in caption
    assert NOTE in caption
    assert NOTE not in tables()[1].caption  # no CNN was run on MELD
    assert "Ours: 1 seed." in tables()[1].caption


def test_a_demo_says_so_first_and_is_compared_with_nothing() -> None:
    names = ("SAVEE", "MELD", "SAVEE or MELD", "SAVEE or MELD")
    for table, name in zip(tables(True, True), names, strict=True):
        assert table.caption.startswith(f"SYNTHETIC DEMO, not {name}: ")
        assert to_markdown(table).startswith(f"Table {table.number}. SYNTHETIC DEMO")
        assert rf"\caption{{SYNTHETIC DEMO, not {name}: " in to_latex(table)
        assert all(row["synthetic"] == "yes" for row in csv.DictReader(io.StringIO(to_csv(table))))
        for text in (to_markdown(table), to_csv(table), to_latex(table)):
            assert "diff" not in text
            assert "difference" not in text


def test_a_demo_row_beside_a_real_one_has_no_difference() -> None:
    table = tables(meld_synthetic=True)[3]
    assert table.caption.startswith("SYNTHETIC DEMO, not MELD: ")
    _, _, *rows = markdown_rows(to_markdown(table))
    by_name = {row[0]: row for row in rows}
    assert by_name["SAVEE FDAN"][4] == "−3.66"
    assert by_name["MELD FDAN"][2:5] == ["50.00", "—", "—"]
    records = list(csv.DictReader(io.StringIO(to_csv(table))))
    assert [record["WAR_diff"] and round(float(record["WAR_diff"]), 9) for record in records] == [
        *(-16.663333333, "", -3.66),
        *("", "", ""),
    ]


def test_nothing_run_says_so() -> None:
    for table in make_tables({}, NOBODY, {"savee": NOTE}):
        assert "Ours: not run." in table.caption
        assert NOTE not in table.caption
        assert all("not run" in row for row in markdown_rows(to_markdown(table))[2:])
    assert make_metrics(make_tables({}, NOBODY, {})) == {}


def test_results_of_a_corpus_that_nobody_described_are_refused() -> None:
    # Without its facts nobody can say whether it is synthetic.
    with pytest.raises(KeyError, match="savee"):
        make_tables({("savee", "fdan"): RESULTS["savee", "fdan"]}, {}, {})


def test_metrics_are_rounded_means_and_nothing_stands_twice_or_is_absent() -> None:
    assert make_metrics(tables()) == {
        "table1": {"VGG-16": {"WAR": 20.0, "UAR": 14.0, "wF1": 10.0}, "FDAN": {"WAR": 83.0, "UAR": 82.0, "wF1": 81.0}},
        "table2": {"FDAN": {"WAR": 50.0, "UAR": 40.0, "wF1": 45.0}},
        "table3": {"MELD": {"WAR": 52.0, "UAR": 41.0, "wF1": 46.0}},
        "table4": {"SAVEE": {"FDAN1": {"WAR": 66.67, "UAR": 50.0, "wF1": 25.13}}},
    }


def test_a_caption_says_in_words_which_rows_cannot_be_told_apart() -> None:
    facts = {"savee": CorpusFacts("SAVEE", False, 480, 384, 96), "meld": CorpusFacts("MELD", False, 13706, 10960, 2745)}
    adjusted = {("savee", "fdan1"): 0.2, ("savee", "vgg16"): 0.0001, ("meld", "multi"): 1.0, ("savee", "vgg19"): 0.3}
    found = {run: RowExtras(adjusted=p) for run, p in adjusted.items()}
    captions = [table.caption for table in make_tables(RESULTS, facts, {}, found)]
    assert (
        " FDAN differs from VGG-16 (p < 0.001): seeds against seeds, resampled with the utterances, Holm's correction;"
        in captions[0]
    )
    assert "VGG-19" not in captions[0].partition("FDAN differs")[2]  # it was not run
    assert "told apart" not in captions[1]
    assert " FDAN cannot be told apart from MELD{Sv,Mv,Ma} (p ≥ 1.000): seeds" in captions[2]
    assert " FDAN cannot be told apart from SAVEE FDAN1 (p ≥ 0.200): seeds" in captions[3]


def test_no_form_has_bold() -> None:
    for table in tables():
        assert "**" not in to_markdown(table)
        assert not re.search(r"\\(textbf|bf|mathbf|bm)\b", to_latex(table))


@pytest.mark.parametrize("synthetic", [False, True])
def test_latex_is_well_formed(synthetic: bool) -> None:
    for table in tables(synthetic, synthetic):
        text = to_latex(table)
        assert text.isascii()
        bare = re.sub(r"\\[\\{}&%$#_]", "", text)
        assert bare.count("{") == bare.count("}")
        assert bare.count("$") % 2 == 0
        assert not re.search(r"[%#]|(?<!\^)_", bare)
        assert re.findall(r"\\begin\{(\w+)\}", text) == ["table", "tabular"]
        assert re.findall(r"\\end\{(\w+)\}", text) == ["tabular", "table"]
        assert text.index(r"\toprule") < text.index(r"\midrule") < text.index(r"\bottomrule")
        spec = re.search(r"\\begin\{tabular\}\{@\{\}([lr]+)@\{\}\}", text)
        assert spec
        columns = len(spec[1])
        first, *rows = re.findall(r"^(.*) \\\\$", text, flags=re.M)
        spans = [int(span) for span in re.findall(r"\\multicolumn\{(\d)\}", first)]
        assert first.replace(r"\&", "").count("&") + 1 + sum(spans) - len(spans) == columns
        assert all(row.replace(r"\&", "").count("&") == columns - 1 for row in rows)
        assert re.search(rf"\\cmidrule\(lr\)\{{\d+-{columns}\}}\n", text)
        assert rf"\label{{tab:fdan-{table.number}}}" in text
    if not synthetic:
        assert r"2 epochs \& 100 \% untrained\_networks." in to_latex(tables()[0])
