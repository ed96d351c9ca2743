import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fdan.data.emotions import CorpusError
from fdan.methods.params import LEXICAL
from fdan.metrics.scores import Scores
from fdan.results import printing
from fdan.results.corpus_summary import CorpusFacts
from fdan.results.paper_sheets import below_words, make_metrics, to_sheet
from fdan.results.paper_tables import COMPARISON_TABLES, RowExtras, Table, make_tables, training_note
from fdan.results.published import PUBLISHED, PublishedRow
from fdan.results.runs import CNN, FINETUNE, METHOD, PAPER, RunName
from fdan.results.statistics import Interval

VGG16, FDAN, FDAN1 = RunName(CNN, "savee", "vgg16"), RunName(PAPER, "savee", "fdan"), RunName(PAPER, "savee", "fdan1")
SDT, TRIN, MAP = (RunName(METHOD, "meld", name) for name in ("sdt", "trin", "map"))
TUNED = RunName(FINETUNE, "savee", "fdan")

RESULTS = {
    # mean 83.00, 82.00, 81.00; sample sd sqrt(((-1)^2 + 0 + 1^2) / 2) = 1
    FDAN: [Scores(82.0, 81.0, 80.0), Scores(83.0, 82.0, 81.0), Scores(84.0, 83.0, 82.0)],
    FDAN1: [Scores(100 * 2 / 3, 50.0, 25.126)],
    VGG16: [Scores(20.0, 14.0, 10.0)],
    RunName(PAPER, "meld", "fdan"): [Scores(50.0, 40.0, 45.0)],
    RunName("multi", "meld", "fdan"): [Scores(51.0, 41.0, 46.0), Scores(53.0, 41.0, 46.0)],
    RunName(CNN, "meld", "resnet34"): [],
}


def to_markdown(table: Table) -> str:
    return printing.to_markdown(to_sheet(table))


def to_csv(table: Table) -> str:
    return printing.to_csv(to_sheet(table))


def to_latex(table: Table) -> str:
    return printing.to_latex(to_sheet(table))


NOBODY = {corpus: CorpusFacts.of(corpus) for corpus in ("savee", "meld")}

NOTE = "CNN rows: 2 epochs & 100 % untrained_networks."


def tables(
    savee_synthetic: bool = False, meld_synthetic: bool = False, found: Mapping[RunName, RowExtras] | None = None
) -> tuple[Table, ...]:
    facts = {
        "savee": CorpusFacts("SAVEE", savee_synthetic, 480, 384, 96),
        "meld": CorpusFacts("MELD", meld_synthetic, 13706, 10960, 2745),
    }
    return make_tables(RESULTS, facts, {CNN: NOTE}, found or {})


def by_name(table: Table) -> dict[str, dict[str, str]]:
    header, _, *rows = markdown_rows(to_markdown(table))
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows}


def records(table: Table) -> dict[str, dict[str, str]]:
    return {f"{row['corpus']} {row['row']}": row for row in csv.DictReader(io.StringIO(to_csv(table)))}


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
        assert len(header) == (8 if table.number in COMPARISON_TABLES else 7)
        paper = [place for place, name in enumerate(header) if "paper" in name]
        lines = re.findall(r"^(.*) \\\\$", to_latex(table), flags=re.M)[2:]
        written = list(csv.DictReader(io.StringIO(to_csv(table))))
        assert len(published) == len(printed) == len(lines) == len(written)
        for row, cells, line, record in zip(published, printed, lines, written, strict=True):
            assert row.row in cells[0]
            assert [cells[place].partition(" / ")[0] for place in paper] == paper_numbers(row, "—")
            tex = [cell.strip() for cell in line.split(" & ")]
            assert row.row.replace("{", r"\{").replace("}", r"\}") in tex[0]
            assert [tex[place].partition(" / ")[0] for place in paper] == paper_numbers(row, "---")
            assert record["row"] == row.row
            assert [record[f"{key}_paper"] for key in ("WAR", "UAR", "wF1")] == paper_numbers(row, "")
            assert (record["kind"], record["note"]) == (row.kind, row.note)


def test_ours_is_a_mean_with_sd_and_interval_beside_the_paper() -> None:
    table = tables(found={FDAN: RowExtras(Interval(78.04, 90.0), 97.5, parameters=(12_345, 12_400))})[0]
    rows = by_name(table)
    assert list(rows["FDAN"].items()) == [
        ("Model", "FDAN"),
        ("Trains on → tests on", "A+V → A"),
        ("WAR paper", "86.66"),
        ("WAR ours ± sd [95 %]", "83.00 ± 1.00 [78.0, 90.0]"),
        ("UAR paper / ours", "86.19 / 82.00"),
        ("w-F1 paper / ours", "86.96 / 81.00"),
        ("Training WAR", "97.50"),
        ("Note", ""),
    ]
    assert rows["VGG-16"]["WAR ours ± sd [95 %]"] == "20.00"  # one seed has no sd, and no interval was given
    assert rows["VGG-16"]["Trains on → tests on"] == "A → A"
    assert (rows["VGG-19"]["WAR ours ± sd [95 %]"], rows["VGG-19"]["Note"]) == ("—", "not run")
    assert rows["VGG-19"]["UAR paper / ours"] == "66.41 / —"
    assert (rows["INCA †"]["WAR paper"], rows["INCA †"]["Note"]) == ("81.63", "partial; not run")
    record = records(table)["SAVEE FDAN"]
    assert float(record["WAR_diff"]) == pytest.approx(-3.66)
    kept = ("seeds", "backbone", "WAR_low", "training_war", "undertrained", "parameters_least", "parameters_most")
    assert [record[key] for key in kept] == ["3", "frozen", "78.04", "97.5", "no", "12345", "12400"]
    assert records(table)["SAVEE VGG-16"]["undertrained"] == ""  # it was not measured
    assert records(table)["SAVEE INCA"]["note"] == "Tuncer et al. 2021, KBS 211:106547; 10-fold, not this split"


def test_a_note_says_how_a_row_is_to_be_read() -> None:
    results = {run: [Scores(40.0, 30.0, 35.0)] for run in (SDT, TRIN)}
    found = {
        SDT: RowExtras(Interval(38.04, 42.0), 70.0, encoder=LEXICAL, words=40.5),
        TRIN: RowExtras(Interval(39.0, 43.0), 40.0, undertrained=True),
        MAP: RowExtras(missing="no transcript", encoder=LEXICAL),
    }
    table = make_tables(results, NOBODY, {}, found)[1]
    rows = by_name(table)
    assert rows["SDT †"]["Note"] == "faithful; lexical encoder; not above n-grams"
    assert rows["SDT †"]["Trains on → tests on"] == "A+T+V → A+T+V"
    assert (rows["TRIN †"]["Training WAR"], rows["TRIN †"]["Note"]) == ("40.00", "inspired; undertrained")
    assert (rows["MAP †"]["WAR ours ± sd [95 %]"], rows["MAP †"]["Note"]) == ("—", "inspired; no transcript")
    assert rows["VGG-16"]["Note"] == "not run"
    text = to_markdown(table)
    assert "- n-grams of the transcripts with logistic regression, on this split: WAR 40.50.\n" in text
    assert "SDT's original has RoBERTa.\n" in text
    assert "The row is not ranked.\n" in text
    assert "not ranked" not in to_markdown(make_tables(results, NOBODY)[1])


def test_an_undertrained_row_is_ranked_in_neither_direction() -> None:
    below = RowExtras(None, 30.0, True, encoder=LEXICAL, words=40.5)
    table = make_tables({SDT: [Scores(40.0, 30.0, 35.0)]}, NOBODY, {}, {SDT: below})[1]
    assert by_name(table)["SDT †"]["Note"] == "faithful; lexical encoder; undertrained"
    assert below_words(40.0, 40.5, undertrained=False)
    assert not below_words(40.0, 40.5, undertrained=True)


def test_another_text_encoder_is_not_called_lexical() -> None:
    found = {SDT: RowExtras(encoder="encoders/minilm")}
    table = make_tables({SDT: [Scores(40.0, 30.0, 35.0)]}, NOBODY, {}, found)[1]
    assert by_name(table)["SDT †"]["Note"] == "faithful"
    assert "lexical" not in to_markdown(table)


def test_a_fine_tuned_fdan_stands_below_the_frozen_one() -> None:
    facts = {"savee": CorpusFacts("SAVEE", False, 480, 384, 96), "meld": CorpusFacts.of("meld")}
    trained = RowExtras(Interval(80.0, 95.0), 99.0)
    results = {**RESULTS, TUNED: [Scores(88.0, 87.0, 86.0)]}
    first, _, third, fourth = make_tables(results, facts, {FINETUNE: "Fine-tuned rows."}, {TUNED: trained})
    assert list(by_name(first))[-2:] == ["FDAN", "FDAN fine-tuned"]
    assert list(by_name(fourth))[:4] == ["SAVEE FDAN1", "SAVEE FDAN2", "SAVEE FDAN", "SAVEE FDAN fine-tuned"]
    assert by_name(first)["FDAN fine-tuned"]["WAR ours ± sd [95 %]"] == "88.00 [80.0, 95.0]"
    assert first.caption.endswith("The replication statement judges FDAN with the fine-tuned backbone.")
    assert third.caption.endswith("FDAN has a frozen backbone; the paper may fine-tune it.")
    assert "- Fine-tuned rows.\n" in to_markdown(first)
    assert "Fine-tuned rows." not in to_markdown(third)
    assert [row["backbone"] for row in csv.DictReader(io.StringIO(to_csv(fourth)))][:4] == [
        *("frozen", "frozen", "frozen", "fine-tuned"),
    ]
    metrics = make_metrics((first, fourth))
    assert metrics["table1"]["FDAN fine-tuned"]["WAR"] == 88.0
    assert set(metrics["table4"]["SAVEE"]) == {"FDAN1"}  # FDAN stands in Table 1, also fine-tuned
    hardly = make_tables(results, facts, {}, {TUNED: RowExtras(None, 41.0, undertrained=True)})[0]
    assert hardly.caption.endswith("with the frozen backbone, since the fine-tuned one is undertrained.")
    html = printing.to_html(to_sheet(first), "a label")
    assert html.count('<tr class="fdan">') == 2


def test_a_fine_tuned_row_that_was_not_asked_for_is_no_row() -> None:
    found = {TUNED: RowExtras(missing="not run (finetune.run)")}
    assert "FDAN fine-tuned" not in by_name(tables(found=found)[0])
    found = {TUNED: RowExtras(missing="diverged", diverged=("diverged in epoch 1 of seed 0",))}
    assert by_name(tables(found=found)[0])["FDAN fine-tuned"]["Note"] == "diverged"


def test_a_seed_that_diverged_stands_below_the_table_and_a_row_of_such_seeds_says_so() -> None:
    found = {
        FDAN1: RowExtras(diverged=("diverged in epoch 3 of seed 1",)),
        RunName(CNN, "savee", "vgg19"): RowExtras(missing="diverged", diverged=("diverged in epoch 1 of seed 0",)),
        RunName(CNN, "savee", "resnet50"): RowExtras(missing="not run (cnn.networks)"),
    }
    first, *_, fourth = make_tables(RESULTS, NOBODY, {}, found)
    notes = {name: row["Note"] for name, row in by_name(first).items()}
    assert (notes["VGG-19"], notes["ResNet-50"]) == ("diverged", "not run (cnn.networks)")
    assert by_name(first)["VGG-19"]["UAR paper / ours"] == "66.41 / —"
    assert by_name(fourth)["SAVEE FDAN1"]["Note"] == "without cross-attention; 1 of 2 seeds diverged"
    assert "- VGG-19: diverged in epoch 1 of seed 0.\n" in to_markdown(first)
    assert "- SAVEE FDAN1: diverged in epoch 3 of seed 1.\n" in to_markdown(fourth)
    record = records(fourth)["SAVEE FDAN1"]
    assert (record["WAR_mean"][:5], record["missing"]) == ("66.66", "diverged in epoch 3 of seed 1")


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


@pytest.mark.parametrize("synthetic", [False, True])
@pytest.mark.parametrize("extras", [None, RowExtras(None, 99.0), RowExtras(None, 9.0, undertrained=True)])
def test_a_caption_has_three_sentences_and_60_words_at_most(synthetic: bool, extras: RowExtras | None) -> None:
    found = {TUNED: extras} if extras else {}
    results = RESULTS | {run: [Scores(1.0, 1.0, 1.0)] for run in found}
    facts = {c: CorpusFacts(c.upper(), synthetic, 480, 384, 96) for c in ("savee", "meld")}
    for table in make_tables(results, facts, {}, found):
        words = printing.without_links(table.caption).split()
        assert len(words) <= 60
        assert sum(word.endswith(".") for word in words) <= 3
        assert table.caption.count("](") == 1  # the one page that explains statistics


def test_notes_name_the_counts_and_how_the_cnn_rows_were_trained() -> None:
    first, second, *_ = tables()
    assert "- SAVEE: 480 utterances, 384 train, 96 test.\n" in to_markdown(first)
    assert f"- {NOTE}\n" in to_markdown(first)
    assert NOTE not in to_markdown(second)  # no CNN was run on MELD
    assert "SYNTHETIC" not in to_markdown(first)
    assert training_note("CNN rows", "random", 1, 32, 1) == (
        "CNN rows: random initial weights, 1 epoch at 32 x 32 pixels, 1 seed."
    )
    assert training_note("Fine-tuned rows, through resnet34", "/home/ann/w.pth", 300, 224, 3) == (
        "Fine-tuned rows, through resnet34: w.pth initial weights, 300 epochs at 224 x 224 pixels, 3 seeds."
    )


def test_links_are_words_where_a_form_has_none() -> None:
    assert printing.without_links("a ([b c](../d.md)), [78.0, 90.0] (e)") == "a (b c), [78.0, 90.0] (e)"
    sheet = to_sheet(tables()[0])
    assert "](" not in printing.to_latex(sheet) + printing.to_html(sheet, "")
    assert "[95 % interval](../../docs/statistics.md)" in printing.to_markdown(sheet)


def test_a_demo_says_so_first_and_is_compared_with_nothing() -> None:
    names = ("SAVEE", "MELD", "SAVEE or MELD", "SAVEE or MELD")
    for table, name in zip(tables(True, True), names, strict=True):
        assert table.caption.startswith(f"SYNTHETIC DEMO, not {name}: ")
        assert to_markdown(table).startswith(f"Table {table.number}. SYNTHETIC DEMO")
        assert rf"\caption{{SYNTHETIC DEMO, not {name}: " in to_latex(table)
        assert {row["synthetic"] for row in records(table).values()} == {"yes"}
        assert {row[f"{key}_diff"] for row in records(table).values() for key in ("WAR", "UAR", "wF1")} == {""}
        assert "difference" not in to_markdown(table) + to_latex(table)


def test_a_demo_row_beside_a_real_one_has_no_difference() -> None:
    table = tables(meld_synthetic=True)[3]
    assert table.caption.startswith("SYNTHETIC DEMO, not MELD: ")
    differences = [record["WAR_diff"] and round(float(record["WAR_diff"]), 9) for record in records(table).values()]
    assert differences == [-16.663333333, "", -3.66, "", "", ""]


def test_nothing_run_says_so() -> None:
    for table in make_tables({}, NOBODY, {CNN: NOTE}):
        assert NOTE not in to_markdown(table)
        assert all("not run" in row[-1] for row in markdown_rows(to_markdown(table))[2:])
    assert make_metrics(make_tables({}, NOBODY, {})) == {}


def test_no_table_of_the_paper_has_a_p() -> None:
    for table in tables():
        assert not re.search(r"\bp\b|Holm|significant", to_markdown(table))
        assert not [field for field in to_sheet(table).fields if field.startswith("p_")]


def test_results_of_a_corpus_that_nobody_described_are_refused() -> None:
    # Without its facts nobody can say whether it is synthetic.
    with pytest.raises(KeyError, match="savee"):
        make_tables({FDAN: RESULTS[FDAN]}, {}, {})


def test_metrics_are_rounded_means_and_nothing_stands_twice_or_is_absent() -> None:
    assert make_metrics(tables()) == {
        "table1": {"VGG-16": {"WAR": 20.0, "UAR": 14.0, "wF1": 10.0}, "FDAN": {"WAR": 83.0, "UAR": 82.0, "wF1": 81.0}},
        "table2": {"FDAN": {"WAR": 50.0, "UAR": 40.0, "wF1": 45.0}},
        "table3": {"MELD": {"WAR": 52.0, "UAR": 41.0, "wF1": 46.0}},
        "table4": {"SAVEE": {"FDAN1": {"WAR": 66.67, "UAR": 50.0, "wF1": 25.13}}},
    }


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
        assert re.search(rf"\\cmidrule\(lr\)\{{\d+-{columns - 1}\}}\n", text)
        assert rf"\label{{tab:fdan-{table.number}}}" in text
    if not synthetic:
        assert r"2 epochs \& 100 \% untrained\_networks." in to_latex(tables()[0])
