"""What a random split of utterances lets a test part share with training, and how far the words alone go there."""

from dataclasses import dataclass

from fdan.data.manifest import read_manifest
from fdan.data.splits import TEST, TRAIN
from fdan.results.load_results import Evidence
from fdan.results.runs import METHOD, WORDS, RunName
from fdan.runtime.project import Project


@dataclass(frozen=True)
class Overlap:
    """Of the tested utterances of one corpus, how many have theirs in the training speech too.

    Attributes:
        corpus: one whose utterances have a transcript.
        tested: test utterances.
        texts: those whose very words are trained on.
        speakers: those whose speaker is.
        dialogues: those whose dialogue is.
        words: mean WAR and UAR of n-grams with logistic regression on this split; None where they were not run.
    """

    corpus: str
    tested: int
    texts: int
    speakers: int
    dialogues: int
    words: tuple[float, float] | None


def train_test_overlap(project: Project, evidence: Evidence) -> tuple[Overlap, ...]:
    """Return that of each corpus with transcripts.

    Raises:
        CorpusError: a manifest is broken.
    """
    found = []
    for corpus, split in evidence.splits.items():
        manifest = project.manifest(corpus)
        if not manifest.is_file():
            continue
        utterances = {u.id: u for u in read_manifest(manifest).utterances}
        train, test = ([utterances[id_] for id_ in split.acoustic(part)] for part in (TRAIN, TEST))
        if not any(u.text for u in test):
            continue
        known = {c: {getattr(u, c) for u in train} - {""} for c in ("text", "speaker", "dialogue")}
        texts, speakers, dialogues = (
            sum(getattr(u, column) in trained for u in test) for column, trained in known.items()
        )
        words = evidence.measured.get(RunName(METHOD, corpus, WORDS))
        scores = (words.mean_sd("war")[0], words.mean_sd("uar")[0]) if words else None
        found.append(Overlap(corpus, len(test), texts, speakers, dialogues, scores))
    return tuple(found)
