"""Placebos keep the counts and lose the faces; a bottleneck of its own carries nothing else."""

import pytest
import torch

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet
from fdan.learning.domains import Domains
from fdan.learning.params import ModelParams
from fdan.learning.training import Domain, build_model
from fdan.study.params import Arm
from fdan.study.placebos import blobs, domains_of, permuted, separated

EMOTIONS = (Emotion.ANGER, Emotion.FEAR)
MODEL = ModelParams(width=8, layers=1, ffn_factor=2, standardise=True)


@pytest.fixture
def domains():
    g = torch.Generator().manual_seed(0)
    v, a, t = (torch.randn(n, 6, generator=g) for n in (30, 20, 4))
    y_v = (torch.arange(30) > 24).long()
    return Domains(
        Domain(v, y_v), Domain(a, torch.arange(20) % 2), FeatureSet(tuple("abcd"), EMOTIONS * 2, t), EMOTIONS, False
    )


def test_permuted_labels_keep_photographs_and_counts(domains):
    found = [permuted(domains.visual, seed) for seed in (0, 1, 0)]
    assert all(torch.equal(f.x, domains.visual.x) for f in found)
    assert all(torch.equal(f.y.bincount(), domains.visual.y.bincount()) for f in found)
    assert torch.equal(found[0].y, found[2].y)
    assert not torch.equal(found[0].y, found[1].y)


def test_blobs_have_the_labels_and_nothing_of_the_photographs(domains):
    other = Domain(domains.visual.x * 5 + 1, domains.visual.y)
    found = blobs(domains.visual, 3)
    assert torch.equal(found.x, blobs(other, 3).x)
    assert torch.equal(found.y, domains.visual.y)
    assert not torch.equal(found.x, blobs(other, 4).x)
    wide = blobs(Domain(torch.zeros(200, 1280), torch.arange(200) % 2), 0)
    means = torch.stack([wide.x[wide.y == c].mean(dim=0) for c in (0, 1)])
    assert torch.equal(torch.cdist(wide.x, means).argmin(dim=1), wide.y)  # the classes are far apart


def test_separate_bottlenecks_read_the_same_numbers(domains):
    apart = separated(domains)
    shared, separate = (build_model(d.visual, d.acoustic, 2, MODEL, attention=True, seed=0) for d in (domains, apart))
    assert shared.bottleneck_a is None
    assert separate.bottleneck_a is not None
    x = apart.test.values
    assert torch.equal(separate.standardise_a(x)[:, :-1], shared.standardise_a(domains.test.values))
    assert not separate.standardise_a(x)[:, -1].any()
    assert separated(apart) is apart  # widths differ already


def test_an_arm_changes_what_it_names_alone(domains):
    assert domains_of(Arm("a", 0.0), domains, 0) is domains
    placebo = domains_of(Arm("a", 0.0, faces="permuted"), domains, 0)
    assert placebo.acoustic is domains.acoustic
    assert placebo.training_digest != domains.training_digest
    assert domains_of(Arm("a", 0.0, bottleneck="separate"), domains, 0).visual is domains.visual
