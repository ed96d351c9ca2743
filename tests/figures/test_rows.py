from matplotlib.colors import to_hex

from fdan.figures.rows import COLOURS, UNRANKED, rows_figure
from fdan.metrics.scores import Scores
from fdan.results.corpus_summary import CorpusFacts
from fdan.results.paper_tables import RowExtras, make_tables
from fdan.results.published import PUBLISHED
from fdan.results.runs import CNN, METHOD, PAPER, RunName
from fdan.results.statistics import Interval


def figure(synthetic: bool = False):
    facts = {corpus: CorpusFacts(corpus.upper(), synthetic, 100, 80, 20) for corpus in ("savee", "meld")}
    sdt, fdan, vgg16 = RunName(METHOD, "meld", "sdt"), RunName(PAPER, "meld", "fdan"), RunName(CNN, "meld", "vgg16")
    scores = {sdt: 40.0, fdan: 52.0, vgg16: 20.0}
    found = {
        sdt: RowExtras(Interval(31.0, 49.0), words=44.0),
        fdan: RowExtras(Interval(47.0, 57.0)),
        vgg16: RowExtras(Interval(15.0, 25.0), 30.0, undertrained=True),
        RunName(METHOD, "meld", "map"): RowExtras(missing="no transcript"),
    }
    results = {run: [Scores(war, 30.0, 35.0)] for run, war in scores.items()}
    return rows_figure(make_tables(results, facts, found=found)[1])


def test_every_row_is_named_and_shows_what_was_measured_beside_the_paper_s() -> None:
    axes = figure().axes[0]
    rows = [row for row in PUBLISHED if row.table == 2]
    names = [label.get_text().partition("\n")[0].removesuffix(" †") for label in axes.get_yticklabels()]
    assert names == [row.row for row in rows]
    drawn = [(tuple(line.get_xdata()), line.get_ydata()[0], line.get_marker()) for line in axes.lines]
    place = names.index("SDT")
    assert ((31.0, 49.0), place, "None") in drawn
    assert ((40.0,), place, "o") in drawn
    assert ((67.55,), place, "D") in drawn
    assert ((44.0, 44.0), 0, "None") in drawn  # n-grams
    dot = next(line for line in axes.lines if line.get_marker() == "o" and line.get_ydata()[0] == place)
    assert to_hex(dot.get_color()) == to_hex(COLOURS["faithful"])
    assert [(text.get_text(), text.get_position()[1]) for text in axes.texts if text.get_text() != "not run"] == [
        ("no transcript", names.index("MAP"))
    ]
    assert sum(text.get_text() == "not run" for text in axes.texts) == len(rows) - 4
    grey = next(
        line for line in axes.lines if line.get_marker() == "o" and line.get_ydata()[0] == names.index("VGG-16")
    )
    assert to_hex(grey.get_color()) == to_hex(UNRANKED)
    assert grey.get_markerfacecolor() == "none"
    assert axes.get_yticklabels()[names.index("VGG-16")].get_text() == "VGG-16\nundertrained"
    (band,) = axes.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == (47.0, 57.0)


def test_a_demo_says_so() -> None:
    assert "synthetic" not in figure().axes[0].get_title(loc="left").lower()
    assert figure(synthetic=True).axes[0].get_title(loc="left").startswith("Synthetic demo, not MELD")
