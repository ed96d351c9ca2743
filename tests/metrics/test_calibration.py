import numpy as np
import pytest

from fdan.data.emotions import CorpusError, Emotion
from fdan.figures.calibration import calibration_figure
from fdan.metrics.calibration import (
    Calibration,
    calibrate,
    calibration_error,
    fit_temperature,
    read_temperature,
    reliability,
    risk_coverage,
    scaled,
    write_calibration,
)
from fdan.metrics.predictions import make_predictions
from fdan.runtime.project import Project


def drawn(temperature, n=2000):
    """Probabilities that are true, and the same said with logits `temperature` times as large."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (n, 3))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(3, p=row) for row in true], dtype=np.int64)
    said = np.exp(logits * temperature)
    return said / said.sum(axis=1, keepdims=True), true, labels


def test_scaling_is_dividing_the_logits():
    logits = np.array([[1.0, -2.0, 0.5]])
    softmax = lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)  # noqa: E731
    np.testing.assert_allclose(scaled(softmax(logits), 2.5), softmax(logits / 2.5), rtol=1e-12)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found(temperature):
    said, _, labels = drawn(temperature)
    assert fit_temperature(said, labels) == pytest.approx(temperature, rel=0.1)


def test_true_probabilities_have_no_error_and_boasting_ones_have():
    said, true, labels = drawn(3.0)
    right = true.argmax(axis=1) == labels
    assert calibration_error(reliability(true.max(axis=1), right)) < 2
    assert calibration_error(reliability(said.max(axis=1), right)) > 10


def test_bins_by_hand():
    bins = reliability(np.array([0.05, 0.1, 0.95, 1.0]), np.array([True, False, True, True]))
    assert [b.count for b in bins] == [2, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert (bins[0].confidence, bins[0].right, bins[1].right) == (pytest.approx(0.075), 0.5, None)
    assert calibration_error(bins) == pytest.approx(100 * (2 * 0.425 + 2 * 0.025) / 4)


def test_risk_by_hand():
    risks = risk_coverage(np.array([0.5, 0.9, 0.7, 0.7]), np.array([False, True, False, True]))
    assert [(r.coverage, r.min_confidence, r.risk) for r in risks] == [
        (0.25, 0.9, 0.0), (0.75, 0.7, pytest.approx(1 / 3)), (1.0, 0.5, 0.5)]  # fmt: skip


def test_what_is_written_is_what_predict_reads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said, _, labels = drawn(3.0, 500)
    classes = (Emotion.ANGER, Emotion.FEAR, Emotion.SADNESS)
    ids = tuple(f"u{i}" for i in range(500))
    predictions = make_predictions(ids, classes, labels, said)
    speakers = {id_: f"speaker {i % 4}" for i, id_ in enumerate(ids)}
    found, bins, risks = calibrate(predictions, speakers)
    assert (found.speakers, found.tested) == (4, 500)
    assert found.ece_scaled < found.ece
    assert read_temperature(Project(), "savee") == 1.0
    (tmp_path / "reports/calibration").mkdir(parents=True)
    write_calibration(found, bins, risks, tmp_path / "reports/calibration/savee")
    assert read_temperature(Project(), "savee") == pytest.approx(found.temperature, rel=1e-5)
    figure = calibration_figure(Calibration(2.0, 5, 500, 20.0, 1.0), bins, risks, "SYNTHETIC DEMO, SAVEE: FDAN")
    assert [axes.get_xlabel() for axes in figure.axes] == ["highest probability", "share that is answered"]


def test_each_speaker_is_drawn_with_a_temperature_of_the_others():
    """Two speakers, one of them thrice as sure as is true: fitted to himself he would be drawn without error."""
    said, true, labels = drawn(3.0, 2000)
    classes = (Emotion.ANGER, Emotion.FEAR, Emotion.SADNESS)
    ids = tuple(f"u{i}" for i in range(2000))
    loud = np.arange(2000) % 2 == 0
    predictions = make_predictions(ids, classes, labels, np.where(loud[:, None], said, true))
    speakers = {id_: "loud" if own else "calm" for id_, own in zip(ids, loud, strict=True)}
    found, bins, _ = calibrate(predictions, speakers)
    expected = np.where(loud, scaled(said, 1.0).max(axis=1), scaled(true, 3.0).max(axis=1))
    confidence = sum(b.count * b.confidence for b in bins if b.confidence) / 2000
    assert confidence == pytest.approx(expected.mean(), abs=0.02)
    assert 1.2 < found.temperature < 2.8
    with pytest.raises(CorpusError, match="found 1 tested speakers, expected two or more"):
        calibrate(predictions, dict.fromkeys(ids, "loud"))
