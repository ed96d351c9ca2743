import dataclasses
from collections import Counter

import pytest

from fdan.data import meld, savee
from fdan.data.splits import TEST, TRAIN, SplitParams, paper_split, read_split, refuse_mix, write_split
from fdan.data.utterance import CorpusError, Emotion, Manifest, Utterance

PARAMS = SplitParams(seed=0, train_fraction=0.8)


def manifest(counts, synthetic=False):
    utterances = [Utterance(f"{e}_{i:05d}", "S", e, "a", "v") for e, n in counts.items() for i in range(n)]
    return Manifest(tuple(sorted(utterances, key=lambda u: u.id)), synthetic)


def split(counts, heard=None, seen=None, params=PARAMS):
    there = manifest(counts)
    everyone = [u.id for u in there.utterances]
    return paper_split(there, everyone if heard is None else heard, everyone if seen is None else seen, params)


def test_savee_gives_the_paper_s_384_and_96():
    there = split(savee.COUNTS)
    assert (len(there.acoustic(TRAIN)), len(there.acoustic(TEST))) == (384, 96)
    test = Counter(p.emotion for p in there.parts if p.acoustic == TEST)
    assert test == dict.fromkeys(Emotion, 12) | {Emotion.NEUTRAL: 24}
    assert len(there.visual()) == 480  # the paper's rule: all faces train, the test utterances' too


@pytest.mark.parametrize(("lost", "test"), [(0, 2746), (1, 2745), (2, 2745), (5, 2745), (6, 2744)])
def test_meld_gives_2745_once_one_to_five_neutral_clips_are_gone(lost, test):
    counts = meld.COUNTS | {Emotion.NEUTRAL: meld.COUNTS[Emotion.NEUTRAL] - lost}
    assert len(split(counts).acoustic(TEST)) == test


@pytest.mark.parametrize("n", range(1, 40))
def test_floor_of_eight_tenths_and_at_least_one(n):
    there = split({Emotion.FEAR: n})
    assert len(there.acoustic(TRAIN)) == max(1, 8 * n // 10)
    assert len(there.acoustic(TEST)) == n - max(1, 8 * n // 10)


def test_what_cannot_be_used_is_in_no_part():
    counts = {Emotion.ANGER: 10, Emotion.FEAR: 10}
    everyone = [u.id for u in manifest(counts).utterances]
    there = split(counts, heard=everyone[2:], seen=everyone[:-3])
    parts = {p.utterance: p for p in there.parts}
    assert len(parts) == 20
    assert [parts[u].acoustic for u in everyone[:2]] == ["", ""]
    assert [parts[u].visual for u in everyone[-3:]] == ["", "", ""]
    # The split is made of what can be used: 8 angry utterances give floor(6.4) = 6.
    assert Counter(p.acoustic for p in there.parts if p.emotion is Emotion.ANGER) == {"train": 6, "test": 2, "": 2}


def test_the_seed_decides_and_nothing_else():
    counts = {Emotion.ANGER: 50}
    assert split(counts) == split(counts)
    other = split(counts, params=dataclasses.replace(PARAMS, seed=1))
    assert other.acoustic(TEST) != split(counts).acoustic(TEST)


def test_more_clips_move_few_others():
    before, after = split({Emotion.ANGER: 100}), split({Emotion.ANGER: 110})
    moved = before.acoustic(TRAIN) & after.acoustic(TEST)
    assert len(moved) <= 10


def test_a_corpus_may_lack_an_emotion():
    there = split({Emotion.SADNESS: 5, Emotion.ANGER: 5})
    assert there.classes == (Emotion.ANGER, Emotion.SADNESS)
    # An emotion that is only seen, never heard, is no class of the target.
    ids = [u.id for u in manifest({Emotion.SADNESS: 5, Emotion.ANGER: 5}).utterances]
    heard = [i for i in ids if i.startswith("sadness")]
    assert split({Emotion.SADNESS: 5, Emotion.ANGER: 5}, heard=heard).classes == (Emotion.SADNESS,)


def test_a_split_is_read_as_written(tmp_path):
    path = tmp_path / "split.csv"
    for synthetic in (True, False):
        there = paper_split(
            manifest({Emotion.FEAR: 7}, synthetic), {"fear_00001", "fear_00002"}, {"fear_00003"}, PARAMS
        )
        write_split(there, path)
        assert read_split(path) == there


@pytest.mark.parametrize(("old", "new"), [("train", "trian"), ("fear,", "fright,"), ("acoustic", "accoustic")])
def test_a_broken_split_is_refused(tmp_path, old, new):
    path = tmp_path / "split.csv"
    write_split(split({Emotion.FEAR: 7}), path)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CorpusError, match=r"split\.csv"):
        read_split(path)


def test_synthetic_and_real_never_mix():
    real, demo = split({Emotion.FEAR: 5}), dataclasses.replace(split({Emotion.FEAR: 5}), synthetic=True)
    refuse_mix([("savee", real), ("meld", real)])
    refuse_mix([("savee", demo), ("meld", demo)])
    with pytest.raises(CorpusError, match=r"never mix.*raw\.savee"):
        refuse_mix([("savee", real), ("meld", demo)])
