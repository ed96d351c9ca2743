"""A network that hears through a speech encoder: the command, its pictures, and what is not exported."""

import re

import pytest
import torch
from tones import make, rows, tone, wav

from fdan.backbones import speech_features
from fdan.commands.cli import main
from fdan.metrics.predictions import read_predictions
from fdan.prediction.explain import FOR_THE_EYE, _figure
from fdan.prediction.recogniser import load_run, trained_run
from fdan.prediction.voice import MEGABYTES, hear, limits
from fdan.runtime.project import Project


@pytest.fixture
def hearing(stub_encoder, tmp_path, monkeypatch):
    """The project of `tones`, heard by the stub in place of CTranslate2: 6 numbers of a voice, 10 of a face."""
    folder = tmp_path / "hearing"
    folder.mkdir()
    monkeypatch.chdir(folder)
    make(stub_encoder)
    return folder


def test_the_command_answers_as_the_reports_do(hearing, capsys):
    """In watched processes: utterances of the corpus, and a sound of a low sample rate."""
    recogniser = load_run(Project(), trained_run(Project(), None))
    assert recogniser.network.standardise_a.mean.shape == (6,)
    assert recogniser.network.standardise_v.mean.shape == (10,)
    known = read_predictions(hearing / "reports/predictions/paper/savee/fdan/seed-0.csv")
    low = wav(hearing / "low.wav", tone(200, 1.0, 8000), 8000)
    assert main(["predict", *(f"raw/{u}.wav" for u in known.utterances), str(low)]) == 0
    *found, last = rows(capsys.readouterr().out)
    for row, place, probabilities in zip(found, known.predicted, known.probabilities, strict=True):
        assert (row["status"], row["label"]) == ("ok", known.classes[place])
        assert [float(row[e]) for e in known.classes] == pytest.approx(probabilities, abs=5.1e-5)
    assert (last["status"], last["warnings"]) == (
        "ok", "other sample rate: 8000 Hz; nothing above 4 kHz is heard of 8")  # fmt: skip
    assert sum(float(last[e]) for e in known.classes) == pytest.approx(1, abs=1e-5)


def test_what_is_not_exported_and_what_does_not_fit_is_one_line(hearing, capsys):
    assert main(["export", "model"]) == 2
    assert capsys.readouterr().err == (
        "fdan export: error: features.acoustic whisper: only what hears through Mel images is exported; expected mel\n"
    )
    assert not (hearing / "model").exists()
    params = hearing / "params.yaml"
    params.write_text(re.sub(r"sample_rate: \d+", "sample_rate: 8000", params.read_text()))
    assert main(["predict", "raw/u00.wav"]) == 1
    assert capsys.readouterr().err == (
        "fdan predict: error: mels.sample_rate: 8000: a speech encoder is heard at 16000 Hz\n"
    )


def test_an_encoder_has_its_own_memory(hearing, made, monkeypatch):
    voice = load_run(Project(), trained_run(Project(), None)).voice
    assert [limits(voice, seconds).megabytes for seconds in (None, 3.0)] == [speech_features.LIMITS.megabytes] * 2
    monkeypatch.chdir(made)
    monkeypatch.setattr("fdan.runtime.params._loaded", {})
    assert limits(load_run(Project(), trained_run(Project(), None)).voice, None).megabytes == MEGABYTES


def test_the_picture_says_that_it_is_not_what_was_heard(hearing, made, monkeypatch):
    for folder, expected in ((hearing, FOR_THE_EYE), (made, "")):
        monkeypatch.chdir(folder)
        monkeypatch.setattr("fdan.runtime.params._loaded", {})
        recogniser = load_run(Project(), trained_run(Project(), None))
        pieces = hear("raw/u00.wav", recogniser.voice, pictures=True).pieces
        x = torch.stack([torch.from_numpy(piece.features) for piece in pieces])
        above = _figure(Project(), recogniser, "u00", pieces, x, []).subfigs[0]
        assert above.get_suptitle() == expected
