import dataclasses

import pytest

from fdan.data.emotions import CorpusError
from fdan.data.histories import Norms, lmmd_share
from fdan.data.trials import Setting, Trial, best_trial, read_trials, write_trials
from fdan.figures.tuning import tuning_figure

TRIALS = [
    Trial(1e-3, 1e-3, 1e-3, war=70.0, uar=60.0, wf1=69.0, lmmd_share=0.01),
    Trial(1e-4, 1e-3, 1e-3, war=72.5, uar=61.0, wf1=70.0, lmmd_share=0.001),
    Trial(1e-3, 1e-4, 1e-3, war=72.5, uar=64.0, wf1=68.0, lmmd_share=0.02),
    Trial(1e-4, 1e-4, 1e-3, war=72.5, uar=64.0, wf1=71.0, lmmd_share=0.002),
]


def test_the_highest_war_wins_then_the_highest_uar_then_the_first():
    assert best_trial(TRIALS) is TRIALS[2]
    assert best_trial(TRIALS[:2]) is TRIALS[1]


def test_the_share_of_lmmd_by_hand():
    # alpha 0.5: 0.5 * 2 / (3 + 1) = 1/4 and 0.5 * 6 / (1 + 3) = 3/4.
    assert lmmd_share([Norms(0.5, 3.0, 2.0), Norms(0.5, 1.0, 6.0)]) == pytest.approx(0.5)
    assert lmmd_share([Norms(0.5, 3.0, 2.0), Norms(1.5, 1.0, 6.0)]) == pytest.approx((1 / 4 + 9 / 10) / 2)
    assert lmmd_share([Norms(0.0, 3.0, 2.0)]) == 0
    assert lmmd_share([Norms(1.0, 0.0, 0.0)]) == 0


def test_the_grid_is_written_and_read_back(tmp_path):
    path = tmp_path / "t.csv"
    write_trials(TRIALS, path)
    assert read_trials(path) == (TRIALS, TRIALS[2])


def test_a_setting_that_diverged_loses_and_its_row_says_so(tmp_path):
    path, lost = tmp_path / "t.csv", Setting(1.0, 1e-3, 1e-3)
    write_trials([lost, *TRIALS], path)
    assert path.read_text().splitlines()[1] == "1,0.001,0.001,,,,,diverged"
    assert read_trials(path) == (TRIALS, TRIALS[2])
    write_trials([lost], path)
    assert read_trials(path) is None
    assert best_trial([lost]) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("yes", "no", "0 rows are chosen"),
        ("no", "yes", "4 rows are chosen"),
        ("72.5", "much", "much"),
        ("72.5", "", "missing"),
    ],
)
def test_a_broken_grid_is_one_line(tmp_path, old, new, message):
    path = tmp_path / "t.csv"
    write_trials(TRIALS, path)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CorpusError, match=message):
        read_trials(path)


def test_the_heat_map_has_a_panel_for_each_learning_rate_and_frames_the_choice():
    trials = [*TRIALS, *(dataclasses.replace(t, learning_rate=3e-4, war=50.0) for t in TRIALS)]
    figure = tuning_figure(trials, best_trial(trials), "title")
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels] == ["learning rate 0.0003", "learning rate 0.001"]
    framed = [[(p.get_xy(), axes.get_title()) for p in axes.patches] for axes in panels]
    assert framed == [
        [],
        [((1, 0), "learning rate 0.001")],
    ]  # alpha 1e-3 is the first row, decay 1e-4 the second column
    assert sorted(t.get_text() for t in panels[1].texts) == ["70.0", "72.5", "72.5", "72.5"]
