"""Whether the numbers of any paper's table can come from that many test utterances: a GRIM test for WAR and UAR.

A value is in percent, with the digits that the paper prints. It is possible if some number of right answers gives
it, rounded (half up or half to even) or truncated. Without --runs and --folds the answer is about one run on one test
part, and says nothing of a mean: --runs asks for means over equal runs or folds, --folds for folds of any sizes.

Examples:
  fdan grim --counts 12,12,12,12,24,12,12 --war 86.66 --uar 86.19
  fdan grim --counts 12,12,12,12,24,12,12 --war 86.66 --uar 86.19 --runs 1:20
  fdan grim --folds 49,58,43,38,55,35,61,69,56,71 --war 71.99
  fdan grim --size 2745 --war 81.16
  fdan grim --scan 500:2800 --war 50.31 54.53 58.68 63.82 61.02 81.16 81.78 75.01 64.80

Exit codes: 0 all possible, 1 at least one impossible, 2 the question makes no sense or cannot be decided, or WAR and
UAR look exchanged: all are possible if some values are of the other metric
"""

import argparse
import json
import re
from collections.abc import Sequence
from typing import Any

from fdan.audit import answers
from fdan.audit.grim import AuditError, Printed, check_size
from fdan.errors import UnusableError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One question: the test utterances by class, their number, a range of it, or folds; and the printed values."""
    many: dict[str, Any] = {"nargs": "+", "metavar": "N"}
    parser.add_argument("--counts", **many, help="test utterances of each class: checks WAR, UAR and both")
    parser.add_argument("--size", metavar="N", help="test utterances in all: checks WAR alone")
    parser.add_argument("--scan", metavar="A:B", help="every test size from A to B: which allow all the WARs")
    parser.add_argument("--folds", **many, help="test utterances of each fold: checks the mean WAR over the folds")
    parser.add_argument("--runs", metavar="A:B", help="with --counts or --size: the fewest of A to B equal runs")
    parser.add_argument("--war", nargs="+", default=[], metavar="X", help="weighted average recall (accuracy)")
    parser.add_argument("--uar", nargs="+", default=[], metavar="X", help="unweighted average recall, one per WAR")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the answer; return the exit code.

    Raises:
        UnusableError: the question makes no sense.
    """
    try:
        answer = _answer(options)
    except AuditError as error:
        raise UnusableError(str(error)) from None
    print(json.dumps(answer.values, indent=2) if options.json else "\n".join(answer.lines))
    return answer.code


def _answer(options: argparse.Namespace) -> answers.Answer:
    scores = answers.Scores(_values(options.war), _values(options.uar))
    if not scores.wars and not scores.uars:
        raise AuditError("expected --war, --uar or both")
    folds = _whole("--folds", options.folds) if options.folds is not None else None
    asked = [name for name in ("counts", "size", "scan", "folds") if getattr(options, name) is not None]
    sizes_unknown = asked == ["size", "folds"] and folds is not None and len(folds) == 1
    if len(asked) != 1 and not sizes_unknown:
        raise AuditError(f"expected one of --counts, --size, --scan and --folds, found {' and '.join(asked) or 'none'}")
    if scores.uars and (asked != ["counts"] or (scores.wars and len(scores.wars) != len(scores.uars))):
        raise AuditError("--uar needs --counts, and one WAR each if there are WARs")
    if options.runs is not None and asked not in (["counts"], ["size"]):
        raise AuditError("--runs: expected it with --counts or --size")
    if options.scan is not None:
        return answers.of_sizes(scores, _range("--scan", options.scan, "500:2800"))
    if sizes_unknown and folds is not None:
        return answers.of_unknown_folds(scores, folds[0], _size(options.size))
    if folds is not None:
        if len(folds) == 1:
            raise AuditError(
                "--folds: not decidable for folds of unequal size; expected the size of each, for example 49,58,43, or "
                "with --size their number"
            )
        return answers.of_folds(scores, folds)
    counts = _whole("--counts", options.counts) if options.counts is not None else []
    size = sum(counts) if counts else _size(options.size)
    if options.runs is not None:
        return answers.of_runs(scores, counts, size, _range("--runs", options.runs, "1:20"))
    return answers.of_one_run(scores, counts, size)


def _values(texts: Sequence[str]) -> tuple[Printed, ...]:
    return tuple(Printed.parse(text) for text in texts if text != "%")  # `86.66 %` may come as two words


def _whole(option: str, words: Sequence[str]) -> list[int]:
    """Whole numbers as people write lists: 12,12,24 or 12 12 24 or [12, 12, 24] or 12+12+24."""
    text = " ".join(words).strip()
    inner = text[1:-1] if text[:1] + text[-1:] in ("[]", "()") else text
    parts = re.split(r"\s*[,;+]\s*|\s+", inner.strip())
    return [_integer(option, part, "12,12,24") for part in parts]


def _range(option: str, text: str, example: str) -> range:
    ends = [_integer(option, end, example) for end in text.split(":", 1)]
    if (len(ends) == 1 and option == "--scan") or ends[0] > ends[-1]:
        raise AuditError(
            f"{option}: {text[:40]!r}: expected a range from the lower to the higher, for example {example}"
        )
    return range(ends[0], ends[-1] + 1)


def _size(text: str) -> int:
    size = _integer("--size", text, "2745")
    check_size(size)
    return size


def _integer(option: str, text: str, example: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise AuditError(f"{option}: {text[:40]!r}: expected whole numbers, for example {example}")
    return int(text)
