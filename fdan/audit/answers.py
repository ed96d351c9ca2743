"""The answers of `fdan grim`: what is possible, in words and as values for JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fdan.audit.grim import (
    RULES,
    AuditError,
    Printed,
    Verdict,
    check_counts,
    multiples,
    reachable_pair,
    reachable_uar,
    reachable_war,
)
from fdan.audit.means import Least, least_runs, mean_of_folds
from fdan.audit.sizes import scan_sizes


@dataclass
class Answer:
    """An answer to one question.

    Attributes:
        values: for JSON; ``possible`` is None where nothing can be said.
        lines: the same for a reader.
    """

    values: dict[str, Any]
    lines: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """The exit code: 0 possible, 1 impossible, 2 neither can be said."""
        unsure = self.values["possible"] is None or self.values.get("possible_if_exchanged")
        return 2 if unsure else int(not self.values["possible"])


@dataclass(frozen=True)
class Scores:
    """WARs and UARs to be asked for, pair by pair where both are given."""

    wars: tuple[Printed, ...]
    uars: tuple[Printed, ...]

    def pairs(self) -> list[tuple[Printed | None, Printed | None]]:
        """Each WAR with its UAR; None where only the other metric was given."""
        asked = max(len(self.wars), len(self.uars))
        wars: Sequence[Printed | None] = self.wars or [None] * asked
        uars: Sequence[Printed | None] = self.uars or [None] * asked
        return list(zip(wars, uars, strict=True))


def of_one_run(scores: Scores, counts: Sequence[int], size: int) -> Answer:
    """Whether one run on `size` test utterances, in classes of `counts` if these are known, gives each value."""
    answer = Answer({"utterances": size, "counts": list(counts), "runs": 1, "checks": []})
    answer.lines = [f"One run on {size} test utterances: a WAR is a multiple of 1/{size}."]
    readings: list[int | None] = [None]
    if counts:
        check_counts(counts)
        tested = sum(n > 0 for n in counts)
        multiple = f"a WAR is a multiple of 1/{size}, a UAR of 1/{multiples(counts)}"
        answer.lines = [f"One run on {size} test utterances in {tested} classes: {multiple}."]
        # A class without test utterances has no recall: some programs leave it out of the mean, others count 0.
        readings += [len(counts)] if tested < len(counts) else []
    exchanged, impossible, undecided = [], 0, 0
    for war, uar in scores.pairs():
        reading, found = _best_reading(war, uar, counts, size, readings)
        wrong = any(verdict.possible is False for *_, verdict in found)
        # Naming a value impossible is an accusation: so each is asked for as the other metric as well.
        other = wrong and bool(counts) and all(verdict.possible for *_, verdict in _verdicts(uar, war, counts, size))
        for name, text, verdict in found:
            words = _OTHERWISE[name] if other and verdict.possible is False else _describe(name, verdict, counts, size)
            words += "; the class without test utterances counted as recall 0" if reading and name != "WAR" else ""
            answer.lines.append(f"{name} {text}: {words}")
            answer.values["checks"].append({"metric": name, "value": text, **_plain(verdict)})
        exchanged += ["/".join(str(value) for value in (war, uar) if value)] if other else []
        impossible += wrong and not other
        undecided += not wrong and any(verdict.possible is None for *_, verdict in found)
    answer.values["possible"] = False if impossible or exchanged else None if undecided else True
    answer.values["possible_if_exchanged"] = bool(exchanged) and not impossible
    if answer.values["possible_if_exchanged"]:
        how = "with WAR and UAR exchanged" if scores.wars and scores.uars else f"as a {'UAR' if scores.wars else 'WAR'}"
        which = f" ({', '.join(exchanged)})" if len(scores.pairs()) > 1 else ""
        answer.lines.append(f"Verdict: impossible as given, but possible {how}{which}: check which column is which.")
    elif impossible:
        answer.lines.append(
            "Verdict: impossible for one run; ask for a mean over runs with --runs, over folds with --folds."
        )
    else:
        answer.lines.append("Verdict: not decided." if undecided else "Verdict: possible.")
    return answer


def of_runs(scores: Scores, counts: Sequence[int], size: int, runs: range) -> Answer:
    """The fewest equal runs whose mean gives each value, and how often chance does."""
    asked = [(war, uar, list(counts) or [size]) for war, uar in scores.pairs()]
    where = f"{size} test utterances" + (f" in {sum(n > 0 for n in counts)} classes" if counts else "")
    answer = Answer({"utterances": size, "counts": list(counts), "checks": []})
    answer.values["runs"] = [runs.start, runs[-1]]
    answer.lines = [f"Mean over equal runs, or folds of equal classes, of {where} each; {_range(runs)} tried."]
    last = []  # of each pair the strictest question
    for war, uar, sizes in asked:
        for name, here in {"WAR": (war, None), "UAR": (None, uar), "both": (war, uar)}.items():
            if here == (None, None) or (name == "both" and not (war and uar)):
                continue
            least = least_runs(*here, sizes, runs)
            text = "/".join(str(value) for value in here if value)
            answer.lines.append(f"{name} {text}: {_least(least, name, size)}")
            answer.values["checks"].append({"metric": name, "value": text, **_plain_least(least)})
        last.append(least)
    none = [least for least in last if least.runs is None]
    answer.values["possible"] = None if any(least.undecided for least in none) else not none
    answer.lines.append("Chance: the share of all values, or pairs, at most one point away that are possible as well.")
    if none:
        sure = answer.values["possible"] is False
        answer.lines.append(f"Verdict: impossible as a mean of {_range(runs)}." if sure else "Verdict: not decided.")
    else:
        numbers = sorted({least.runs for least in last if least.runs})
        each = f"a mean of {_runs(numbers[0])}" if len(numbers) == 1 else "means, each of its own number of runs"
        answer.lines.append(f"Verdict: possible as {each}.")
    return answer


def of_folds(scores: Scores, sizes: Sequence[int]) -> Answer:
    """Whether each WAR is the mean over folds of these sizes, or that of all their utterances taken together."""
    total = sum(sizes)
    answer = Answer({"folds": list(sizes), "utterances": total, "checks": []})
    answer.lines = [f"Mean over {len(sizes)} folds of {min(sizes)} to {max(sizes)} test utterances, {total} in all."]
    for war in scores.wars:
        mean, pooled = mean_of_folds(war, sizes), reachable_war(war, total)
        if mean.possible or not pooled.possible:
            words = _describe("fold", mean, sizes, total)
        else:
            words = f"not as a mean over folds, but possible over all utterances ({pooled.hits[0]} of {total})"
        answer.lines.append(f"WAR {war}: {words}")
        checked = {"metric": "WAR", "value": str(war), **_plain(mean), "possible_pooled": pooled.possible}
        answer.values["checks"].append(checked)
    found = [check["possible"] or check["possible_pooled"] or check["possible"] for check in answer.values["checks"]]
    answer.values["possible"] = False if False in found else None if None in found else True
    verdicts = {
        True: "possible",
        False: "impossible, as a mean over folds and over all utterances",
        None: "not decided",
    }
    answer.lines.append(f"Verdict: {verdicts[answer.values['possible']]}.")
    return answer


def of_unknown_folds(scores: Scores, folds: int, size: int) -> Answer:
    """What can be said where the number of folds is known and their sizes are not: only that a value is possible."""
    if not 2 <= folds <= size:
        raise AuditError(f"--folds {folds}: expected 2 folds or more, and no more than {size} test utterances")
    answer = Answer({"folds": folds, "utterances": size, "checks": []})
    answer.lines = [f"Mean over {folds} folds of unknown sizes, {size} test utterances in all."]
    for war in scores.wars:
        pooled = reachable_war(war, size)
        words = f"possible over all utterances ({pooled.hits[0]} of {size})" if pooled.possible else "not decidable"
        answer.lines.append(f"WAR {war}: {words}{'' if pooled.possible else ' for folds of unequal size'}")
        answer.values["checks"].append({"metric": "WAR", "value": str(war), "possible": pooled.possible or None})
    sure = all(check["possible"] for check in answer.values["checks"])
    answer.values["possible"] = True if sure else None
    cure = "Verdict: not decidable for folds of unequal size; give the size of each: --folds 49,58,43"
    answer.lines.append("Verdict: possible." if sure else cure)
    return answer


def of_sizes(scores: Scores, sizes: range) -> Answer:
    """Which test sizes of a range allow all WARs in one run each, and how often random values find such a size."""
    scan = scan_sizes(scores.wars, sizes)
    values = len(scores.wars)
    answer = Answer(
        {
            "first": sizes.start,
            "last": sizes.stop - 1,
            "possible": bool(scan.sizes),
            "sizes": list(scan.sizes),
            "sizes_by_rule": {rule: list(found) for rule, found in scan.by_rule.items()},
            "chance_somewhere": scan.chance_somewhere,
            "chance_at": {str(size): chance for size, chance in scan.chance_at.items()},
        }
    )
    all_of = f"all {values} WARs" if values > 1 else "the WAR"
    answer.lines = [f"Test sizes from {sizes.start} to {sizes.stop - 1} that allow {all_of}, one run each:"]
    for name, found in ("rounding and truncation mixed", scan.sizes), *scan.by_rule.items():
        shown = ", ".join(map(str, found[:20])) + (f" and {len(found) - 20} more" if len(found) > 20 else "")
        answer.lines.append(f"  {name}: {len(found)}{': ' if found else ''}{shown}")
    chance = f"{100 * scan.chance_somewhere:.1f} % of times"
    random = f"{values} random values would pass" if values > 1 else "A random value would pass"
    answer.lines.append(f"{random} at some of these sizes {chance}")
    answer.lines += [f"  and at {n} itself {100 * chance:.2g} %" for n, chance in list(scan.chance_at.items())[:3]]
    return answer


_OTHERWISE = {
    "WAR": "not as a WAR, but possible as a UAR",
    "UAR": "not as a UAR, but possible as a WAR",
    "both": "not together as given, but possible exchanged",
}
_HOW = {RULES: "rounded or truncated", RULES[:2]: "rounded", (): "if one is rounded, the other truncated"}

_Named = list[tuple[str, str, Verdict]]


def _best_reading(
    war: Printed | None, uar: Printed | None, counts: Sequence[int], size: int, readings: Sequence[int | None]
) -> tuple[int | None, _Named]:
    """The first reading of a class without test utterances that is possible, else the first one."""
    found = [(classes, _verdicts(war, uar, counts, size, classes)) for classes in readings]
    return next((one for one in found if all(verdict.possible for *_, verdict in one[1])), found[0])


def _verdicts(
    war: Printed | None, uar: Printed | None, counts: Sequence[int], size: int, classes: int | None = None
) -> _Named:
    """Metric, value and verdict of a WAR, a UAR, or a pair; of the pair as well if each is possible alone."""
    verdicts = [("WAR", str(war), reachable_war(war, size))] if war else []
    verdicts += [("UAR", str(uar), reachable_uar(uar, counts, classes=classes))] if uar else []
    if war and uar and all(verdict.possible for *_, verdict in verdicts):
        verdicts.append(("both", f"{war}/{uar}", reachable_pair(war, uar, counts, classes)))
    return verdicts


def _describe(name: str, verdict: Verdict, counts: Sequence[int], size: int) -> str:
    """A verdict in words: the rule of printing and an example, or the nearest values that are possible."""
    if verdict.possible is None:
        return "not decided: the search took too long"
    if verdict.possible:
        how = _HOW.get(verdict.rules, " or ".join(verdict.rules))
        each = f" = {'+'.join(map(str, verdict.hits))}" if name != "WAR" else ""
        return f"possible, {how} (for example {sum(verdict.hits)} of {size}{each})"
    if name == "both":
        return "IMPOSSIBLE together, though each is possible alone"
    near = " and ".join(percent(value, size if name == "WAR" else multiples(counts)) for value in verdict.nearest)
    return f"IMPOSSIBLE; nearest {near}"


def percent(value: Fraction, denominator: int) -> str:
    """A fraction of 1 in percent; with four decimals and the fraction itself where that is short."""
    if denominator > 100_000:
        return f"{100 * float(value):.8f}"
    return f"{100 * float(value):.4f} ({value * denominator}/{denominator})"


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "possible": verdict.possible,
        "rules": list(verdict.rules),
        "example_hits": list(verdict.hits),
        "nearest": [round(100 * float(value), 4) for value in verdict.nearest],
    }


def _least(found: Least, name: str, size: int) -> str:
    if found.runs is None:
        return "not decided: the search took too long" if found.undecided else "none of these"
    each = f" = {'+'.join(map(str, found.hits))}" if name != "WAR" else ""
    words = f"from {_runs(found.runs)}, for example {sum(found.hits)} of {found.runs * size}{each}"
    if found.chance is None or found.chance_up_to is None:
        return f"{words}; chance not counted: too many values"
    words += f"; chance {100 * found.chance:.2g} %"
    more = found.chance_up_to > found.chance
    return f"{words} ({100 * found.chance_up_to:.2g} % with {found.runs} or fewer)" if more else words


def _plain_least(found: Least) -> dict[str, Any]:
    return {
        "least_runs": found.runs,
        "example_hits": list(found.hits),
        "undecided": list(found.undecided),
        "chance": found.chance,
        "chance_up_to": found.chance_up_to,
    }


def _runs(number: int) -> str:
    return f"{number} run{'s' if number > 1 else ''}"


def _range(runs: range) -> str:
    return _runs(runs.start) if len(runs) == 1 else f"{runs.start} to {runs[-1]} runs"
