"""Recordings of any length: a row each, or one for every segment, at flat memory."""

import gc
import subprocess
import sys
import time
import wave
import weakref

import numpy as np
import psutil
import pytest
import torch
from tones import ROOT, rows, tone, wav

from fdan.commands.cli import main
from fdan.prediction import asked
from fdan.prediction.recogniser import load_run, trained_run
from fdan.prediction.voice import PICTURES, hear
from fdan.runtime.project import Project
from tests.media.test_sound import float_wav


@pytest.fixture
def recogniser(project):
    return load_run(Project(), trained_run(Project(), None))


def test_a_recording_too_long_for_an_utterance_is_the_mean_over_windows(project, recogniser, tmp_path, capsys, at_once):
    """Six minutes and half a second: 225 windows of the longest utterance trained on, 1.6 s, and a shorter one."""
    sound = np.concatenate([tone(200, 150.0), np.zeros(16000 * 60), np.sign(tone(350, 150.5))])
    path = wav(tmp_path / "a.wav", sound)
    assert main(["predict", str(path)]) == 0
    [row] = rows(capsys.readouterr().out)
    pieces = hear(str(path), recogniser.voice, 1.6).pieces
    lengths = np.array([piece.end - piece.start for piece in pieces])
    assert lengths.sum() == pytest.approx(360.5)
    assert len(set(lengths.round(6))) == 2
    each = recogniser.probabilities(torch.stack([torch.from_numpy(piece.features) for piece in pieces])).numpy()
    expected = (lengths[:, None] * each).sum(axis=0) / 360.5
    assert [float(row[emotion]) for emotion in recogniser.classes] == pytest.approx(expected, abs=1e-6)
    assert (row["status"], row["label"]) == ("ok", recogniser.classes[expected.argmax()])
    assert row["warnings"].startswith(
        "silent: 37 of 226 windows; clipped: 95 of 226 windows; "
        "too long: 360.50 s; the longest trained on lasts 1.60 s; too loud: "
    )
    assert row["warnings"].endswith(" dB; the mean over 226 windows of 1.6 s")


def test_segments_before_the_place_that_cannot_be_read_have_their_rows(project, tmp_path, capsys, at_once):
    samples = tone(200, 3.0)
    samples[40_000] = np.nan
    path = float_wav(tmp_path / "a.wav", samples, 16000)
    assert main(["predict", str(path), "--segments", "1"]) == 1
    *found, last = rows(capsys.readouterr().out)
    assert [(row["start"], row["status"]) for row in found] == [("0.000", "ok"), ("1.000", "ok")]
    assert (last["status"], last["start"]) == ("failed", "")
    assert last["warnings"] == "not read from 2.000 s on: a sample is NaN or infinite"
    assert main(["predict", str(path)]) == 1
    [row] = rows(capsys.readouterr().out)
    assert (row["status"], row["warnings"]) == ("failed", "a sample is NaN or infinite")


@pytest.mark.parametrize("count", [1, PICTURES, PICTURES + 1, 50])
def test_few_pictures_are_kept_of_many_windows_evenly_apart(recogniser, tmp_path, count):
    path = wav(tmp_path / "a.wav", tone(200, count * 0.1))
    pieces = hear(str(path), recogniser.voice, 0.1, pictures=True).pieces
    places = [place for place, piece in enumerate(pieces) if piece.image is not None]
    assert len(pieces) == count
    assert min(count, PICTURES / 2) <= len(places) <= PICTURES
    assert places == list(range(0, count, max(1, places[-1] // max(1, len(places) - 1))))


@pytest.mark.parametrize("shape", [[], ["--json"], ["--outfile", "{}/out.csv"], ["--explain", "{}/pictures"]])
def test_what_was_heard_of_a_recording_is_soon_forgotten(project, tmp_path, monkeypatch, capsys, shape):
    """Of six recordings at most three are there at once: Python's zip holds one more than its reader."""
    heard, most = [], []

    def run_sandboxed(function, items, title, parallel, **_):
        for item in items:
            found = function(item)
            heard.append(weakref.ref(found))
            gc.collect()
            most.append(sum(one() is not None for one in heard))
            yield found

    monkeypatch.setattr(asked, "run_sandboxed", run_sandboxed)
    shape = [word.format(tmp_path) for word in shape]
    assert main(["predict", *(f"raw/u{i:02}.wav" for i in range(6)), "--segments", "0.3", *shape]) == 0
    assert len(most) == 6
    assert max(most) <= 3


def hum(path, minutes):
    """Tones of ten seconds, again and again, written piece by piece."""
    ten = np.rint(32767 * np.concatenate([tone(200, 4.0), np.zeros(16000), tone(350, 5.0)])).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        for _ in range(6 * minutes):
            file.writeframes(ten)
    return path


def megabytes(*arguments):
    """What a command takes at most in each of its processes, the largest first."""
    most = {}
    process = psutil.Popen([sys.executable, "-m", "fdan.commands.cli", *map(str, arguments)], stderr=subprocess.DEVNULL)
    while process.poll() is None:
        for one in [process, *process.children(recursive=True)]:
            try:
                most[one.pid] = max(most.get(one.pid, 0.0), one.memory_info().rss / 1e6)
            except psutil.Error:  # it has ended
                continue
        time.sleep(0.05)
    assert process.returncode == 0
    return sorted(most.values(), reverse=True)


@pytest.mark.slow
@pytest.mark.parametrize("segments", [["--segments", "3"], []], ids=["segments", "whole"])
def test_thirty_minutes_take_the_memory_of_three(project, tmp_path, monkeypatch, segments):
    """Whole files would differ by 52 MB as they are, 104 MB as floats; what an answer needs by less than 10."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    peaks = []
    for minutes in (3, 30):
        out = tmp_path / f"{minutes}.csv"
        path = hum(tmp_path / f"{minutes}.wav", minutes)
        peaks.append(megabytes("predict", path, *segments, "--outfile", out))
        found = rows(out.read_text())
        assert len(found) == (20 * minutes if segments else 1)
        assert {row["status"] for row in found} == {"ok"}
        if segments:
            assert float(found[-1]["end"]) == 60 * minutes
    short, long = peaks
    assert len(short) == len(long)
    assert all(b < 1.2 * a and b - a < 30 for a, b in zip(short, long, strict=True)), (short, long)
