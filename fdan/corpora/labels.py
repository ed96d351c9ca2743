"""What a table's labels say: of one thing once, again, or otherwise; and which are none of the seven emotions."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from fdan.corpora.folder import SHOWN
from fdan.data.emotions import emotion_of, shown

TWO_LABELS = "labelled with two emotions"

NO_LABEL = "labelled with none of the seven emotions"
"""Why files are left out."""


def label_of(cell: str) -> str:
    """A label, the same for all words that mean one of the seven emotions; of others in small letters."""
    return emotion_of(cell) or " ".join(cell.casefold().split())


def labelled(labels: Iterable[str]) -> str:
    """Several labels of one thing, in words."""
    return f"labelled {enumerated(sorted(set(labels)))}"


def enumerated(names: Sequence[str]) -> str:
    """Names in a sentence; of many the first, and how many more."""
    more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return " and ".join([*map(shown, names[:SHOWN]), *more])


def repeated(rows: int) -> list[str]:
    """What is to be said of rows that say nothing new."""
    return [f"{rows} rows are there a second time, the first is used"] if rows else []


def disputed(told: Mapping[str, str], kind: str) -> list[str]:
    """A finding on each thing that is stated in two ways, of which nobody can say which is right; many in one.

    Args:
        told: name -> what is stated of it, such as ``labelled anger and fear``.
        kind: what the things are, such as ``utterances``.
    """
    lines = [f"{shown(name)}: {told[name]}: left out; keep one" for name in sorted(told)]
    if len(lines) <= SHOWN:
        return lines
    return [f"{len(lines)} {kind} are stated in two ways: left out; the first is {lines[0]}"]


def unknown(stated: Counter[str], place: Callable[[str], str], others: str) -> list[str]:
    """What is to be said of labels that are none of the seven emotions: the most frequent first, then the rest in one.

    Args:
        stated: label -> how often it is stated.
        place: where a label stands, in words: ``labelled 'contempt'``.
        others: likewise where the rest does, with room for its number: ``in {} other folders``.
    """
    ranked = sorted(stated.items(), key=lambda item: (-item[1], item[0]))
    told = [(n, place(label)) for label, n in ranked[:SHOWN]]
    if rest := ranked[SHOWN:]:
        told.append((sum(n for _, n in rest), others.format(len(rest))))
    return [f"{n} {what}, none of the seven emotions: left out" for n, what in told]


def unknown_labels(stated: Counter[str]) -> list[str]:
    """`unknown`, of the labels of a table."""
    return unknown(stated, lambda label: f"labelled '{shown(label)}'", "labelled in {} other ways")
