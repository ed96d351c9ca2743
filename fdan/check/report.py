"""What was found in a corpus, told: as JSON and as text."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tabulate import tabulate

from fdan.check.findings import KINDS, Checked, Duplicate, overlap, sentence_of, tally
from fdan.data.emotions import Emotion, shown


def as_json(
    corpora: Sequence[Checked], duplicates: Sequence[Duplicate], not_compared: int, code: int
) -> dict[str, Any]:
    """Everything, as plain data."""
    return {
        "exit": code,
        "corpora": {checked.name: _corpus_json(checked) for checked in corpora},
        "recordings there more than once": [
            {
                "files": [{"corpus": c, "utterance": u, "path": p} for c, u, p in one.files],
                "exact": one.exact,
                "across": one.across,
                "audio-only and audio-visual": one.container_copy,
                "emotions": list(one.emotions),
            }
            for one in duplicates
        ],
        "pairs alike but not compared": not_compared,
    }


def _corpus_json(checked: Checked) -> dict[str, Any]:
    emotions = tally(checked, lambda u: u.emotion.value)
    for emotion, n in checked.counts.items():
        emotions.setdefault(emotion.value, dict.fromkeys(("found", "sound", "clip", *KINDS), 0))["published"] = n
    kinds = Counter(kind for _, kind in {(finding.utterance, finding.kind) for finding in checked.findings})
    return {
        "exit": checked.code,
        "utterances": len(checked.listing.utterances),
        "published": sum(checked.counts.values()) or None,
        "emotions": dict(sorted(emotions.items())),
        "speakers": tally(checked, lambda u: u.speaker),
        "counts": {kind: kinds[kind] for kind in KINDS},
        "findings": [{"utterance": f.utterance, "kind": f.kind, "detail": f.detail} for f in checked.findings],
        "corpus": list(checked.listing.findings),
        "notes": list(checked.listing.notes),
        "not run": list(checked.not_run),
        "left out": {left.path: left.why for left in checked.listing.left_out},
        "same sentence": overlap(checked, sentence_of(checked)),
        "same speaker": overlap(checked, lambda u: u.speaker),
    }


UNKNOWN = "(unknown)"
"""Row of the utterances whose speaker the corpus does not tell."""

SHOWN = 20
"""Lines of a kind in the text; the json file has all."""


def as_text(corpora: Sequence[Checked], duplicates: Sequence[Duplicate], not_compared: int) -> str:
    """Everything, for reading."""
    lines: list[str] = []
    for checked in corpora:
        lines += [*_corpus_text(checked), ""]
    lines.append("What would inflate results")
    for checked in corpora:
        for what, key in (("sentence", sentence_of(checked)), ("speaker", lambda u: u.speaker)):
            n = overlap(checked, key)
            if n["test"]:
                lines.append(
                    f"  {checked.name}: of {n['test']} test utterances with a known {what}, "
                    f"{n['also in training']} share it with a training utterance (the paper's split)"
                )
            else:
                lines.append(f"  {checked.name}: no {what}s known, or no split")
    kinds = Counter(one.across for one in duplicates)
    lines.append(
        f"  recordings there more than once: {len(duplicates)}; {kinds['split']} of them across the paper's split, "
        f"{kinds['corpora']} across corpora, "
        f"{sum(one.container_copy for one in duplicates)} as audio-only and audio-visual copies"
    )
    lines += _short([_duplicate_text(one) for one in duplicates])
    if not_compared:
        lines.append(f"  {not_compared} further pairs sound alike; they were too many to compare")
    return "\n".join(lines) + "\n"


def _corpus_text(checked: Checked) -> list[str]:
    total = len(checked.listing.utterances)
    published = f" of {sum(checked.counts.values())} published" if checked.counts else ""
    emotions = tally(checked, lambda u: u.emotion.value)
    columns = ["found", "sound", "clip", *KINDS]
    rows = []
    for emotion in Emotion:
        if emotion.value in emotions or emotion in checked.counts:
            row = emotions.get(emotion.value, dict.fromkeys(columns, 0))
            rows.append([emotion.value, str(checked.counts.get(emotion, "")), *(str(row[c]) for c in columns)])
    speakers = tally(checked, lambda u: u.speaker or UNKNOWN)
    rows.append([])
    frequent = sorted(speakers, key=lambda s: (-speakers[s]["found"], s))
    rows += [[shown(s), "", *(str(speakers[s][c]) for c in columns)] for s in frequent[:SHOWN]]
    lines = [
        f"{checked.name}: {total}{published} utterances, {len(speakers.keys() - {UNKNOWN})} known speakers",
        *_table(["", "published", *columns], rows),
    ]
    if len(speakers) > SHOWN:
        lines.append(f"  and {len(speakers) - SHOWN} more speakers")
    by_kind: dict[str, list[str]] = {}
    for finding in checked.findings:
        by_kind.setdefault(finding.kind, []).append(f"{finding.utterance}: {finding.detail}")
    for kind, meaning in KINDS.items():
        if kind in by_kind:
            utterances = len({finding.utterance for finding in checked.findings if finding.kind == kind})
            lines += [f"{kind} ({meaning}): {utterances} utterances", *_short(by_kind[kind])]
    if checked.listing.findings:
        lines += [f"the corpus itself: {len(checked.listing.findings)}", *_short(checked.listing.findings)]
    if checked.not_run:
        lines += ["what it is too small for", *_short(checked.not_run)]
    if checked.listing.notes:
        lines += [f"notes: {len(checked.listing.notes)}", *_short(checked.listing.notes)]
    return lines


def _duplicate_text(one: Duplicate) -> str:
    where = {"split": "across the split: ", "corpora": "across corpora: ", "": ""}[one.across]
    names = " = ".join(f"{c} {u} ({shown(p)})" for c, u, p in one.files)
    labels = f", labelled {' and '.join(one.emotions)}" if len(one.emotions) > 1 else ""
    return f"{where}{names}{'' if one.exact else ', not to the bit'}{labels}"


def _short(lines: Sequence[str]) -> list[str]:
    more = [f"  and {len(lines) - SHOWN} more: see --json"] if len(lines) > SHOWN else []
    return [f"  {line}" for line in lines[:SHOWN]] + more


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    align = ["left", *["right"] * (len(header) - 1)]
    text = tabulate(rows, header, "plain", disable_numparse=True, colalign=align)
    return [line.rstrip() for line in text.splitlines()]
