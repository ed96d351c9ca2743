import pytest

from fdan.data.emotions import CorpusError
from fdan.data.histories import Epoch, Norms, read_history, sampled_norms, write_history

HISTORY = [Epoch(1.25, 0.5, 0.125, 1e-3, 1e-5, 3.0, 2.0, 50.0), Epoch(1.0, 0.25, 0.0625, 9.5e-4, 1e-5)]


def test_a_history_is_read_as_written_and_its_bytes_are_fixed(tmp_path):
    path = tmp_path / "seed-0.csv"
    write_history([Epoch(1 / 3, 0.5, 0.125, 1e-3, 10.0), *HISTORY], path)
    head, first, *rest = path.read_text().splitlines()
    assert head.startswith("epoch,ce_acoustic,ce_visual,lmmd,learning_rate,lmmd_weight,gradient_ce,gradient_lmmd")
    assert first.startswith("1,0.333333,0.5,0.125,0.001,10,,")  # six digits; what was not measured is empty
    assert [row.split(",")[0] for row in rest] == ["2", "3"]
    write_history(HISTORY, path)
    assert read_history(path) == HISTORY
    assert sampled_norms(read_history(path)) == [Norms(1e-5, 3.0, 2.0)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1.25", "x", r"line 2: ce_acoustic is 'x'; expected a valid number"),
        ("0.0625", "nan", r"line 3: lmmd is 'nan'; expected a finite number"),
        ("0.0625", "", r"line 3: lmmd is ''; expected a valid number"),
        ("lmmd,", "lmd,", "columns are epoch.*; expected epoch"),
    ],
)
def test_a_broken_history_is_one_line(tmp_path, old, new, message):
    path = tmp_path / "seed-0.csv"
    write_history(HISTORY, path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(CorpusError, match=message) as caught:
        read_history(path)
    assert str(caught.value).startswith(f"{path}: ")
