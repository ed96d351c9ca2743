"""What was found in a corpus: judged per utterance, counted per emotion and speaker."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fdan.check.clips import Exam
from fdan.check.copies import Copies
from fdan.data.emotions import Emotion, shown
from fdan.data.manifest import Listing, Utterance
from fdan.data.splits import TEST, TRAIN, Split

TOO_LONG = 30.0
"""Seconds; an utterance that lasts longer is cut wrongly (MELD's worst lasts 305), or is none."""

KINDS = {
    "missing": "its sound or its clip is not there",
    "broken": "its sound or its clip cannot be used",
    "damaged": "used, but something of it is lost",
    "long": f"longer than {TOO_LONG:g} s",
    "short": "shorter than one window of the Mel image",
    "silent": "never louder than one step of 16-bit sound",
    "clipped": "stands at full scale",
    "changed": "used, but read in another way than it stands there",
    "faceless": "no face in the pictures looked at",
    "unused": "its sound or its pictures are not used; utterances.csv can name a clip under audio and under video",
}
"""What may be found about an utterance, and what it means."""

FINE, FINDINGS, UNUSABLE = 0, 1, 2
"""Exit codes."""

SAID = {
    FINE: "nothing to remark",
    FINDINGS: "usable; look at the findings above first (exit code 1)",
    UNUSABLE: "cannot be used, for the reasons above (exit code 2)",
}
"""What they mean, as the last line of all."""


@dataclass(frozen=True)
class Finding:
    """Something about one utterance."""

    utterance: str
    kind: str
    detail: str


@dataclass(frozen=True)
class Checked:
    """One corpus, read and examined.

    Attributes:
        name: it goes by.
        listing: its utterances.
        exams: one per utterance.
        counts: published utterances per emotion; empty if nothing is published.
        split: of the paper's protocol; None if there is nothing to split.
        not_run: what the pipeline will not run on it for its size; no fault of it, so not in `code`.
    """

    name: str
    listing: Listing
    exams: tuple[Exam, ...]
    counts: Mapping[Emotion, int]
    split: Split | None
    not_run: tuple[str, ...] = ()

    @cached_property
    def findings(self) -> list[Finding]:
        """All of its utterances' findings, in order."""
        pairs = zip(self.listing.utterances, self.exams, strict=True)
        # That a corpus has voices alone is one fact, which its notes say, and no finding of each utterance.
        needed = {what for what in ("audio", "video") if any(getattr(u, what) for u in self.listing.utterances)}
        return [finding for u, exam in pairs for finding in find(u, exam, needed if self.counts else ())]

    @cached_property
    def partition(self) -> dict[str, str]:
        """The part of each utterance's speech."""
        return {part.utterance: part.acoustic for part in self.split.parts} if self.split else {}

    @property
    def code(self) -> int:
        """How usable it is, for itself."""
        usable = [exam for exam in self.exams if _heard(exam) or (exam.clip and not exam.clip.failure)]
        found = Counter(u.emotion for u in self.listing.utterances)
        if not usable:
            return UNUSABLE
        fewer = any(found[e] < n for e, n in self.counts.items())
        return FINDINGS if self.findings or self.listing.findings or fewer else FINE


def _heard(exam: Exam) -> bool:
    return exam.sound is not None and not exam.sound.failure


def find(utterance: Utterance, exam: Exam, needed: Collection[str]) -> list[Finding]:
    """What there is to say about an utterance.

    Args:
        utterance: of the corpus.
        exam: of its files.
        needed: ``audio`` and ``video`` where every utterance of the corpus should have it: a missing one is a finding.
    """
    found = []

    def say(kind: str, detail: str) -> None:
        found.append(Finding(utterance.id, kind, shown(detail)))

    for column, what, part in (("audio", "sound", exam.sound), ("video", "clip", exam.clip)):
        path: str = getattr(utterance, column)
        if not path and column in needed:
            say("missing", f"no {what}")
        again = part is exam.clip and path == utterance.audio and exam.sound and exam.sound.failure
        if part and part.failure and part.failure != again:  # one file, said once
            say(part.failure.kind, f"{path}: {part.failure.detail}")
    if exam.sound and not exam.sound.failure:
        if exam.sound.seconds > TOO_LONG:
            say("long", f"{utterance.audio}: {exam.sound.seconds:.1f} s")
        for problem in exam.sound.problems:
            say(problem.kind, f"{utterance.audio}: {problem.detail}")
    if exam.clip and not exam.clip.failure:
        said = exam.sound.problems if exam.sound and utterance.audio == utterance.video else ()
        for problem in (p for p in exam.clip.problems if p not in said):
            say(problem.kind, f"{utterance.video}: {problem.detail}")
        if not exam.clip.face:
            say("faceless", utterance.video)
    if not utterance.audio and exam.track:
        say("unused", f"{utterance.video}: it has sound, and no audio is named")
    if exam.pictures:
        say("unused", f"{utterance.audio}: it has pictures, and no video is named")
    return found


def tally(checked: Checked, group: Callable[[Utterance], str]) -> dict[str, dict[str, int]]:
    """Per emotion or speaker: utterances found, with usable sound, with a usable clip, and with each finding."""
    table: dict[str, Counter[str]] = {}
    of = {u.id: group(u) for u in checked.listing.utterances}
    for utterance, exam in zip(checked.listing.utterances, checked.exams, strict=True):
        row = table.setdefault(of[utterance.id], Counter())
        row["found"] += 1
        row["sound"] += _heard(exam)
        row["clip"] += exam.clip is not None and not exam.clip.failure
    for utterance_id, kind in sorted({(finding.utterance, finding.kind) for finding in checked.findings}):
        table[of[utterance_id]][kind] += 1
    return {
        name: {column: row[column] for column in ("found", "sound", "clip", *KINDS)}
        for name, row in sorted(table.items())
    }


@dataclass(frozen=True)
class Duplicate:
    """One recording that is there more than once.

    Attributes:
        files: corpus, utterance and path of each.
        exact: equal to the bit once decoded; otherwise through another codec, rate or shift.
        across: ``corpora``, ``split`` (trains in one place and tests in another), ``""`` for neither.
        container_copy: one file has pictures and another has not: audio-only and audio-visual copies.
        emotions: it is labelled with.
    """

    files: tuple[tuple[str, str, str], ...]
    exact: bool
    across: str
    container_copy: bool
    emotions: tuple[str, ...]


def classify(copies: Copies, files: Sequence[tuple[Checked, Utterance, str]]) -> Duplicate | None:
    """What copies of a recording mean; None where one utterance's sound is the sound of its own clip.

    Args:
        copies: of one recording.
        files: of every sound: its corpus, its utterance, its path.
    """
    members = [files[place] for place in copies.places]
    utterances = {(corpus.name, u.id): (corpus, u) for corpus, u, _ in members}
    if len(utterances) == 1:
        return None
    across = ""
    if len({name for name, _ in utterances}) > 1:
        across = "corpora"
    elif {TRAIN, TEST} <= {corpus.partition.get(u.id) for corpus, u in utterances.values()}:
        across = "split"
    pictures = {path == u.video for _, u, path in members}
    return Duplicate(
        tuple((corpus.name, u.id, path) for corpus, u, path in members),
        copies.exact,
        across,
        len(pictures) == 2,
        tuple(sorted({u.emotion.value for _, u in utterances.values()})),
    )


def overlap(checked: Checked, key: Callable[[Utterance], str]) -> dict[str, int]:
    """How many test utterances of the paper's split share a sentence or a speaker with a training utterance."""
    partition = checked.partition
    known = {
        part: [k for u in checked.listing.utterances if partition.get(u.id) == part and (k := key(u))]
        for part in (TRAIN, TEST)
    }
    trained = set(known[TRAIN])
    return {"test": len(known[TEST]), "also in training": sum(k in trained for k in known[TEST])}


def sentence_of(checked: Checked) -> Callable[[Utterance], str]:
    """What an utterance says, where the corpus tells; else empty."""
    return lambda u: checked.listing.sentences.get(u.id, "")
