import csv

import numpy as np
import pytest
import torch
from tones import tone, wav

from fdan.commands.cli import main
from fdan.learning.bank import predict
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams
from fdan.prediction.explain import ROWS, _attended, attention, explain
from fdan.prediction.recogniser import load_run, trained_run
from fdan.prediction.voice import hear
from fdan.runtime.project import Project


@pytest.fixture
def recogniser(project):
    return load_run(Project(), trained_run(Project(), None))


def test_attention_is_what_the_answer_is_made_of(recogniser):
    """Its weights and the bank's values give the network's own output: Eqs. 3 and 4 by hand."""
    x = torch.randn(3, recogniser.network.standardise_a.mean.shape[0], generator=torch.Generator().manual_seed(0))
    weights = attention(recogniser, x)
    assert weights.shape == (3, len(recogniser.faces))
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3))
    with torch.inference_mode():
        [layer] = recogniser.network.cross_modal_layers
        _, value = layer.visual.show(recogniser.bank.visual[0][None])
        z = recogniser.network.embed_acoustic(x[None])
        z = layer.acoustic.attention_norm(z + weights[None] @ value)
        z = layer.acoustic.ffn_norm(z + layer.acoustic.ffn(z))
        expected, _ = predict(recogniser.network, recogniser.bank, x)
        torch.testing.assert_close(recogniser.network.classifier(z)[0], expected)


@pytest.mark.parametrize("seconds", [None, 0.5])
def test_a_picture_and_a_table_for_each_recording(recogniser, tmp_path, seconds):
    path = wav(tmp_path / "a $b_.wav", np.concatenate([tone(200, 1.0), tone(350, 1.0)]))
    explain(Project(), recogniser, path, hear(str(path), recogniser.voice, seconds, True).pieces, tmp_path / "out", 7)
    [table] = (tmp_path / "out").glob("007_*.csv")
    assert table.with_suffix(".png").stat().st_size > 10_000
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert sorted(row["face"] for row in rows) == sorted(recogniser.faces)
    shares = [float(row["share"]) for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-4)


def test_what_failed_has_no_picture(project, tmp_path, at_once):
    assert main(["predict", "n.wav", "raw/u00.wav", "--explain", str(tmp_path / "out")]) == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"002_u00.png", "002_u00.csv"}


def test_faces_are_ranked_over_all_pieces_however_many_there_are(recogniser):
    width = recogniser.network.standardise_a.mean.shape[0]
    x = torch.randn(ROWS + 9, width, generator=torch.Generator().manual_seed(0))
    shares = {attended.face: attended.share for attended in _attended(recogniser, x)}
    expected = attention(recogniser, x).mean(dim=0).tolist()
    assert [shares[face] for face in recogniser.faces] == pytest.approx(expected, rel=1e-4)


def test_a_network_without_attention_attends_to_nothing(recogniser):
    from dataclasses import replace

    width = recogniser.network.standardise_a.mean.shape[0]
    blind = replace(recogniser, network=FDAN(width, 2, ModelParams(16, 1, 4, True), False).eval())
    assert attention(blind, torch.zeros(1, width)) is None
