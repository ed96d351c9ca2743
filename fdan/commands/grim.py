"""Whether the numbers of any paper's table can come from that many test utterances: a GRIM test for WAR and UAR.

A value is in percent, with the digits that the paper prints. It is possible if some number of right answers gives
it, rounded (half up or half to even) or truncated. A mean over several runs or folds is not one run on one test
part: multiply the size, or every count, by their number.

Examples:
  fdan grim --counts 12,12,12,12,24,12,12 --war 86.66 --uar 86.19
  fdan grim --size 2745 --war 81.16
  fdan grim --scan 500:2800 --war 50.31 54.53 58.68 63.82 61.02 81.16 81.78 75.01 64.80

Exit codes: 0 all possible, 1 at least one impossible, 2 the question makes no sense, or WAR and UAR look exchanged:
all are possible if some values are of the other metric
"""

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from fdan.audit.grim import (
    RULES,
    AuditError,
    Printed,
    Verdict,
    check_counts,
    reachable_pair,
    reachable_uar,
    reachable_war,
)
from fdan.audit.sizes import Scan, scan_sizes
from fdan.errors import UnusableError


def _integer(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise AuditError(f"{text[:40]!r}: expected a whole number")
    return int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One question: the test utterances by class, their number, or a range of it, and the printed values."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--counts", metavar="N,N,...", help="test utterances of each class: checks WAR, UAR and both")
    where.add_argument("--size", metavar="N", help="test utterances in all: checks WAR alone")
    where.add_argument("--scan", metavar="A:B", help="every test size from A to B: which allow all the WARs")
    parser.add_argument("--war", nargs="+", default=[], metavar="X", help="weighted average recall (accuracy)")
    parser.add_argument("--uar", nargs="+", default=[], metavar="X", help="unweighted average recall, one per WAR")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the answer; return the exit code.

    Raises:
        UnusableError: the question makes no sense.
    """
    try:
        wars, uars = [Printed.parse(text) for text in options.war], [Printed.parse(text) for text in options.uar]
        if not wars and not uars:
            raise AuditError("expected --war, --uar or both")
        if uars and (options.counts is None or (wars and len(wars) != len(uars))):
            raise AuditError("--uar needs --counts, and one WAR each if there are WARs")
        if options.scan is not None:
            first, _, last = options.scan.partition(":")
            sizes = range(_integer(first), _integer(last) + 1)
            answer, lines, possible = _scanned(scan_sizes(wars, sizes), sizes, len(wars))
        else:
            counts = [_integer(n) for n in options.counts.split(",")] if options.counts is not None else []
            answer, lines, possible = _checked(wars, uars, counts, counts or _integer(options.size))
    except AuditError as error:
        raise UnusableError(str(error)) from None
    print(json.dumps(answer, indent=2) if options.json else "\n".join(lines))
    return 0 if possible else 2 if answer.get("possible_if_exchanged") else 1


def _checked(
    wars: list[Printed], uars: list[Printed], counts: list[int], size: list[int] | int
) -> tuple[dict[str, Any], list[str], bool]:
    n = size if isinstance(size, int) else sum(size)
    answer: dict[str, Any] = {"utterances": n, "counts": counts, "checks": []}
    lines = [f"{n} test utterances: a WAR is a multiple of 1/{n}."]
    denominators = {"WAR": n}
    if counts:
        check_counts(counts)
        whole = denominators["UAR"] = len(counts) * math.lcm(*counts)
        lines = [f"{n} test utterances in {len(counts)} classes: a WAR is a multiple of 1/{n}, a UAR of 1/{whole}."]
    asked, exchanged, impossible = max(len(wars), len(uars)), [], 0
    for place in range(asked):
        war, uar = wars[place : place + 1], uars[place : place + 1]
        verdicts = _verdicts(war, uar, counts, n)
        wrong = any(verdict.possible is False for *_, verdict in verdicts)
        # A false accusation is the worst that can be said: so a value is asked for as the other metric as well.
        other = wrong and bool(counts) and all(verdict.possible for *_, verdict in _verdicts(uar, war, counts, n))
        for name, text, verdict in verdicts:
            found = _OTHERWISE[name] if other and verdict.possible is False else describe(name, verdict, denominators)
            lines.append(f"{name} {text}: {found}")
            answer["checks"].append({"metric": name, "value": text, **_plain(verdict)})
        exchanged += ["/".join(map(str, (*war, *uar)))] if other else []
        impossible += wrong and not other
    answer["possible"] = not exchanged and not impossible
    answer["possible_if_exchanged"] = bool(exchanged) and not impossible
    lines.append(f"Verdict: {'impossible' if impossible else 'possible'}.")
    if answer["possible_if_exchanged"]:
        how = "with WAR and UAR exchanged" if wars and uars else f"as a {'UAR' if wars else 'WAR'}"
        which = f" ({', '.join(exchanged)})" if asked > 1 else ""
        lines[-1] = (
            f"Verdict: impossible as given, but possible {how}{which}: look which is which before you say anything of "
            "them."
        )
    return answer, lines, answer["possible"]


_OTHERWISE = {
    "WAR": "not as a WAR, but possible as a UAR",
    "UAR": "not as a UAR, but possible as a WAR",
    "both": "not together as given, but possible exchanged",
}


def _verdicts(
    war: Sequence[Printed], uar: Sequence[Printed], counts: Sequence[int], size: int
) -> list[tuple[str, str, Verdict]]:
    """Metric, value and verdict of a WAR, a UAR, or a pair; of the pair as well if each is possible alone."""
    verdicts = [("WAR", str(value), reachable_war(value, size)) for value in war]
    verdicts += [("UAR", str(value), reachable_uar(value, counts)) for value in uar]
    if war and uar and all(verdict.possible for *_, verdict in verdicts):
        verdicts.append(("both", f"{war[0]}/{uar[0]}", reachable_pair(war[0], uar[0], counts)))
    return verdicts


def describe(name: str, verdict: Verdict, denominators: Mapping[str, int]) -> str:
    """A verdict in words: the rule of printing and an example, or the nearest values that are possible.

    `denominators` are what the values of each metric are multiples of one over.
    """
    if verdict.possible is None:
        return "not decided: the search took too long"
    if verdict.possible:
        how = _HOW.get(verdict.rules, " or ".join(verdict.rules))
        hits = sum(verdict.hits)
        example = f"{hits} of {denominators['WAR']}" + (
            f" = {'+'.join(map(str, verdict.hits))}" if name != "WAR" else ""
        )
        return f"possible, {how} (for example {example})"
    if name == "both":
        return "IMPOSSIBLE together, though each is possible alone"
    near = " and ".join(percent(value, denominators[name]) for value in verdict.nearest)
    return f"IMPOSSIBLE; nearest {near}"


def percent(value: Fraction, denominator: int) -> str:
    """A fraction of 1 in percent; with four decimals and the fraction itself where that is short."""
    if denominator > 100_000:
        return f"{100 * float(value):.8f}"
    return f"{100 * float(value):.4f} ({value * denominator}/{denominator})"


_HOW = {RULES: "rounded or truncated", RULES[:2]: "rounded", (): "if one is rounded, the other truncated"}


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "possible": verdict.possible,
        "rules": list(verdict.rules),
        "example_hits": list(verdict.hits),
        "nearest": [round(100 * float(value), 4) for value in verdict.nearest],
    }


def _scanned(scan: Scan, sizes: range, values: int) -> tuple[dict[str, Any], list[str], bool]:
    answer = {
        "first": sizes.start,
        "last": sizes.stop - 1,
        "possible": bool(scan.sizes),
        "sizes": list(scan.sizes),
        "sizes_by_rule": {rule: list(found) for rule, found in scan.by_rule.items()},
        "chance_somewhere": scan.chance_somewhere,
        "chance_at": {str(size): chance for size, chance in scan.chance_at.items()},
    }
    listed = [("rounding and truncation mixed", scan.sizes), *scan.by_rule.items()]
    lines = [f"Test sizes from {sizes.start} to {sizes.stop - 1} that allow all {values} WARs:"]
    for name, found in listed:
        shown = ", ".join(map(str, found[:20])) + (f" and {len(found) - 20} more" if len(found) > 20 else "")
        lines.append(f"  {name}: {len(found)}{': ' if found else ''}{shown}")
    lines.append(
        f"{values} random values would pass at some of these sizes {100 * scan.chance_somewhere:.1f} % of times"
    )
    lines += [f"  and at {n} itself {100 * chance:.2g} %" for n, chance in list(scan.chance_at.items())[:3]]
    return answer, lines, bool(scan.sizes)
