import dataclasses
from collections import Counter

import pytest

from fdan.corpora import meld, savee
from fdan.data.emotions import CorpusError, Emotion
from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import Manifest, Utterance, write_manifest
from fdan.data.records import write_records
from fdan.data.splits import (
    TEST,
    TRAIN,
    Part,
    ProtocolError,
    Split,
    SplitParams,
    check_folds,
    cut_validation,
    disjoint_split,
    paper_split,
    read_split,
    refuse_mix,
    rotated_splits,
    speaker_splits,
    write_split,
)
from stages import splits

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


@pytest.mark.parametrize(("lost", "test"), [(0, 2746), (1, 2745), (5, 2745), (6, 2744)])
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


def spoken(speakers, official=None):
    """Ten angry and ten fearful utterances of each speaker; one of each cannot be heard, another not seen."""
    utterances = [
        Utterance(f"{s}_{e}_{i}", s, e, "a", "v", official[i % len(official)] if official else "")
        for s in speakers
        for e in (Emotion.ANGER, Emotion.FEAR)
        for i in range(10)
    ]
    there = Manifest(tuple(sorted(utterances, key=lambda u: u.id)), synthetic=False)
    ids = [u.id for u in there.utterances]
    return paper_split(there, [i for i in ids if not i.endswith("3")], [i for i in ids if not i.endswith("4")], PARAMS)


def test_disjoint_leaves_out_the_faces_of_test_utterances_and_nothing_else():
    whole = spoken("AB")
    apart = disjoint_split(whole)
    assert apart.acoustic(TEST) == whole.acoustic(TEST)
    assert apart.acoustic(TRAIN) == whole.acoustic(TRAIN)
    assert apart.visual() == whole.visual() - whole.acoustic(TEST)
    assert whole.visual() & whole.acoustic(TEST)  # the leak that it closes


def test_five_rotations_test_every_utterance_once_at_the_paper_s_sizes():
    """SAVEE: 12 of each emotion and 24 neutral each time; the first fold is the split, and all faces train."""
    whole = split(savee.COUNTS)
    folds = rotated_splits(whole, 5)
    assert list(folds) == ["1", "2", "3", "4", "5"]
    assert folds["1"] == whole
    tested = Counter(u for fold in folds.values() for u in fold.acoustic("test"))
    assert tested == Counter(p.utterance for p in whole.parts)
    for fold in folds.values():
        assert fold.acoustic("train") == {p.utterance for p in whole.parts} - fold.acoustic("test")
        assert fold.visual() == whole.visual()
        counts = Counter(p.emotion for p in fold.parts if p.acoustic == "test")
        assert counts == {emotion: 24 if emotion is Emotion.NEUTRAL else 12 for emotion in Emotion}


def test_a_rotation_leaves_out_what_cannot_be_used_and_may_lack_an_emotion():
    counts = {Emotion.ANGER: 9, Emotion.FEAR: 1}
    whole = split(counts, heard=[u.id for u in manifest(counts).utterances][2:])
    folds = rotated_splits(whole, 3)
    unheard = {p.utterance for p in whole.parts if not p.acoustic}
    assert all({p.utterance for p in fold.parts if not p.acoustic} == unheard for fold in folds.values())
    sizes = [len(fold.acoustic("test")) for fold in folds.values()]
    assert (sum(sizes), len(unheard)) == (8, 2)


def test_every_speaker_is_held_out_once_and_every_usable_utterance_is_tested_once():
    whole = spoken(["DC", "JE", "KL"])
    folds = speaker_splits(whole)
    assert list(folds) == ["DC", "JE", "KL"]
    for name, fold in folds.items():
        of = {p.utterance: p.speaker for p in fold.parts}
        assert {of[u] for u in fold.acoustic(TEST)} == {name}
        assert {of[u] for u in fold.acoustic(TRAIN)} == {of[u] for u in fold.visual()} == set(folds) - {name}
        assert not [u for u in fold.acoustic(TRAIN) | fold.acoustic(TEST) if u.endswith("3")]
        assert not [u for u in fold.visual() if u.endswith("4")]
    tested = [u for fold in folds.values() for u in fold.acoustic(TEST)]
    assert sorted(tested) == sorted(whole.acoustic(TRAIN) | whole.acoustic(TEST))


def test_many_speakers_are_held_out_in_ten_groups():
    folds = speaker_splits(spoken([f"S{i:02d}" for i in range(23)]))
    assert len(folds) == 10
    speakers = [s for name in folds for s in name.split("+")]
    assert sorted(speakers) == [f"S{i:02d}" for i in range(23)]


def test_an_official_split_is_one_fold_whose_dev_part_is_unused():
    folds = speaker_splits(spoken("AB", official=["train", "train", "dev", "test"]))
    assert list(folds) == ["official"]
    official = {p.utterance: p.official for p in folds["official"].parts}
    assert {official[u] for u in folds["official"].acoustic(TRAIN)} == {"train"}
    assert {official[u] for u in folds["official"].visual()} == {"train"}
    assert {official[u] for u in folds["official"].acoustic(TEST)} == {"test"}


def test_a_fold_s_name_can_name_a_file_whatever_speakers_are_called():
    people = [f"{i:03}/Zoë van der Something, M. A." for i in range(60)]
    parts = tuple(Part(f"u{i}", who, Emotion.FEAR, TRAIN, TRAIN, "") for i, who in enumerate(people))
    folds = speaker_splits(Split(parts, synthetic=False))
    assert len(folds) == 10
    assert all(len(name.encode()) <= 100 and "/" not in name for name in folds)


def test_one_speaker_cannot_be_held_out():
    with pytest.raises(ProtocolError, match="needs two, or an official split; found one speaker, A"):
        speaker_splits(spoken("A"))
    with pytest.raises(ProtocolError, match="found no speaker named"):
        speaker_splits(spoken([""]))


def test_a_protocol_needs_something_to_learn_and_to_test():
    check_folds(speaker_splits(spoken("AB")))
    check_folds({"": disjoint_split(spoken("A"))})
    with pytest.raises(ProtocolError, match=r"^fold official: no speech trains$"):
        check_folds(speaker_splits(spoken("AB", official=["dev", "test"])))
    blind = tuple(dataclasses.replace(part, visual="") for part in spoken("A").parts)
    with pytest.raises(ProtocolError, match=r"^no faces train$"):
        check_folds({"": disjoint_split(dataclasses.replace(spoken("A"), parts=blind))})


def test_validation_is_cut_from_the_training_part_and_never_sees_a_test_utterance():
    whole = spoken("ABC")
    cut = cut_validation(whole, 0.2, seed=4)
    assert cut.acoustic(TRAIN) | cut.acoustic(TEST) == whole.acoustic(TRAIN)
    assert not cut.acoustic(TRAIN) & cut.acoustic(TEST)
    assert not cut.visual() & whole.acoustic(TEST)
    per_emotion = Counter(p.emotion for p in cut.parts if p.acoustic == TEST)
    # 27 of each emotion can be heard, 21 train: floor(0.8 * 21) = 16 go on training, 5 validate.
    assert per_emotion == {Emotion.ANGER: 5, Emotion.FEAR: 5}
    assert cut_validation(whole, 0.2, seed=5).acoustic(TEST) != cut.acoustic(TEST)


def test_two_utterances_of_each_emotion_leave_none_to_validate_on():
    few = Split(tuple(p for p in spoken("ABC").parts if p.acoustic == TEST)[:1], synthetic=False)
    lone = dataclasses.replace(few, parts=(dataclasses.replace(few.parts[0], acoustic=TRAIN),))
    with pytest.raises(ProtocolError, match=r"^no training speech is left to validate on: an emotion needs 3"):
        cut_validation(lone, 0.2, seed=4)


def test_a_split_is_written_and_read_back_with_its_official_parts(tmp_path):
    there = spoken("AB", official=["train", "dev", "test"])
    write_split(there, tmp_path / "s.csv")
    assert read_split(tmp_path / "s.csv") == there


def test_a_corpus_that_leaves_nothing_to_test_ends_the_stage_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("splits: {seed: 0, train_fraction: 0.8}\n", encoding="utf-8")
    said = tuple(Utterance(f"u-{e}", "A", e, f"{e}.wav", "") for e in Emotion)
    for folder in ("manifests", "mels/talks", "faces/talks", "splits"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    write_manifest(Manifest(said, synthetic=False), tmp_path / "data/manifests/talks.csv")
    rows = (MelRow(u.id, u.emotion, f"{u.id}.png", 1.0, "") for u in said)
    write_records(tmp_path / "data/mels/talks/index.csv", MelRow, rows)
    write_records(tmp_path / "data/faces/talks/index.csv", FaceRow, ())
    monkeypatch.setattr("sys.argv", ["splits", "talks"])
    with pytest.raises(ProtocolError, match=r"^talks: all 7 utterances train, none is tested: an emotion needs 2"):
        splits.main()
    assert not (tmp_path / "data/splits/talks.csv").exists()
