from dataclasses import replace
from pathlib import Path

from fdan.audit.train_test_overlap import train_test_overlap
from fdan.data.emotions import Emotion
from fdan.data.manifest import Manifest, Utterance, write_manifest
from fdan.data.splits import TEST, TRAIN, Part, Split, write_split
from fdan.results.load_results import load_results
from fdan.runtime.project import Project

SAID = Utterance("a", "ann", Emotion.ANGER, "a.wav", "", text="hello there", dialogue="d0")


def test_what_the_tested_share_with_training_is_counted(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for folder in ("data/manifests", "data/splits"):
        (tmp_path / folder).mkdir(parents=True)
    utterances = (
        SAID,
        replace(SAID, id="b", speaker="bob", dialogue="d1"),  # the words alone
        replace(SAID, id="c", text="bye", dialogue="d0"),  # the speaker and the dialogue
        replace(SAID, id="d", text="", speaker="eve", dialogue=""),  # nothing: what is empty is no word in common
        replace(SAID, id="e", text="", speaker="", dialogue=""),
    )
    write_manifest(Manifest(utterances, False), project.manifest("meld"))
    parts = [Part(u.id, u.speaker, u.emotion, TRAIN if u.id in "ae" else TEST, "") for u in utterances]
    write_split(Split(tuple(parts), False), project.split("meld"))
    (found,) = train_test_overlap(project, load_results(project, ["savee", "meld"]))
    assert (found.tested, found.texts, found.speakers, found.dialogues, found.words) == (3, 1, 1, 1, None)
    silent = tuple(replace(u, text="") for u in utterances)
    write_manifest(Manifest(silent, False), project.manifest("meld"))
    assert train_test_overlap(project, load_results(project, ["meld"])) == ()
