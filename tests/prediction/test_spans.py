"""Columns of a list that say which part of a recording is meant."""

import math

import numpy as np
import pytest
from tones import rows, tone, wav

from fdan.commands.cli import main
from fdan.errors import UnusableError
from fdan.prediction.recogniser import load_run, trained_run
from fdan.prediction.spans import Spans
from fdan.prediction.voice import hear
from fdan.runtime.project import Project


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("start end", "1.5 2.5", (1.5, 2.5)),
        ("Start END", "1,5 2", (1.5, 2.0)),
        ("start end", "0|days|00:00:01.500000 0|days|00:00:02", (1.5, 2.0)),
        ("begin end", "0:01 0:02.25", (1.0, 2.25)),
        ("start end", "1:00:00 NaT", (3600.0, math.inf)),
        ("onset duration", "1 0.5", (1.0, 1.5)),
        ("offset duration", "1 0.5", (1.0, 1.5)),
        ("onset offset", "1 2", (1.0, 2.0)),
        ("start end duration", "1 2 9", (1.0, 2.0)),
        ("start", "1e0", (1.0, math.inf)),
        ("stop", "2", (0.0, 2.0)),
        ("duration", "2", (0.0, math.inf)),
        ("speaker", "x", (0.0, math.inf)),
    ],
)
def test_what_has_one_reading_is_read(header, cells, expected):
    columns = header.split()
    row = dict(zip(columns, (cell.replace("|", " ") for cell in cells.split()), strict=True))
    assert Spans.of(columns, "a.csv").read(row) == (expected, "")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("offset", "column 'offset' may be a start or an end"),
        ("start offset", "column 'offset' may be a start or an end"),
        ("start begin end", "columns start, begin say the same"),
        ("onset offset end", "columns end, offset say the same"),
    ],
)
def test_what_has_two_readings_is_refused(header, said):
    with pytest.raises(UnusableError, match=f"^a.csv: {said}"):
        Spans.of(header.split(), "a.csv")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("x", "2", "start is 'x'; expected seconds, such as 1.5, or 0:00:01.5"),
        ("-1", "2", "start is '-1'; expected seconds"),
        ("2", "2", "from 2 to 2 s; expected an end after the start"),
    ],
)
def test_a_cell_that_says_no_part_is_the_row_s_own_problem(start, end, said):
    assert Spans.of(["start", "end"], "a.csv").read({"start": start, "end": end})[1].startswith(said)


def test_columns_that_are_kept_and_not_used_are_named_once():
    assert Spans.of(["split", "Fold", "duration"], "a.csv").notes == (
        "a.csv: columns that are kept and not used: split, Fold",
        "a.csv: column 'duration' without a start is not used: whole recordings are read",
    )


def test_a_part_is_heard_as_a_recording_of_its_own(project, tmp_path, at_once, capsys):
    low, high = tone(200, 1.2), tone(350, 1.2)
    wav(tmp_path / "both.wav", np.concatenate([low, high]))
    wav(tmp_path / "high.wav", high)
    listed = tmp_path / "list.csv"
    listed.write_text("file,start,end,split\nboth.wav,0,1.2,train\nboth.wav,1.2,,test\nhigh.wav,,,\n"
                      "both.wav,9,10,\nboth.wav,x,,\nboth.wav,2,4,\n")  # fmt: skip
    assert main(["predict", "--list", str(listed)]) == 1
    said = capsys.readouterr()
    assert f"{listed}: columns that are kept and not used: split\n" in said.err
    first, second, alone, after, wrong, beyond = rows(said.out)
    assert second["fear"] == alone["fear"] != first["fear"]
    assert (second["start"], second["status"]) == ("1.2", "ok")
    assert after["warnings"] == "no sound decodes from 9 to 10 s; expected seconds within it"
    assert wrong["warnings"] == "start is 'x'; expected seconds, such as 1.5, or 0:00:01.5"
    assert beyond["warnings"].startswith("0.40 of 2.00 seconds are there")
    assert main(["predict", "--list", str(listed), "--segments", "0.5"]) == 1
    found = [row for row in rows(capsys.readouterr().out) if row["start"] == "1.2"]
    times = [(row["predicted_start"], row["predicted_end"]) for row in found]
    assert times == [("1.200", "1.700"), ("1.700", "2.200"), ("2.200", "2.400")]


@pytest.mark.parametrize("suffix", [".wav", ".mp3"])
def test_a_part_of_a_long_recording_is_heard_in_windows(project, tmp_path, suffix):
    from tests.media.sounds import ffmpeg

    voice = load_run(Project(), trained_run(Project(), None)).voice
    source = path = wav(tmp_path / "a.wav", np.tile(tone(200, 10.0), 38))
    if suffix == ".mp3":
        path = tmp_path / "a.mp3"
        ffmpeg("-i", source, path)
    pieces = hear(str(path), voice, window=60.0, span=(10.0, 375.0)).pieces
    assert [piece.start for piece in pieces] == [10.0 + 60 * k for k in range(7)]
    assert pieces[-1].end == pytest.approx(375.0)
    assert pieces[0].problems == ()
