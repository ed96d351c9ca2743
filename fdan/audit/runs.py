"""What the audit finds in our runs: tests, the weight of the LMMD, choosing an epoch on the test part, the leak."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from fdan.audit.histories import History
from fdan.data.trials import Trial
from fdan.results.comparisons import Compared, alone, compare
from fdan.results.runs import PAPER, Measured, RunName
from fdan.results.statistics import Difference

ALPHAS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""From the smallest of the paper's grid to the released code's default."""

PREDICTIONS, HISTORIES = "reports/predictions", "runs"


def uncertainty(compared: Mapping[str, Sequence[Compared]]) -> dict[str, Any]:
    """Point 2, our half: every system with its interval, and its test against FDAN."""
    rows = [{"corpus": corpus, **_compared(row)} for corpus, found in compared.items() for row in found]
    return {"sources": [PREDICTIONS, "data/splits"], "rows": rows}


def _compared(row: Compared) -> dict[str, Any]:
    mean, sd = row.measured.mean_sd("war")
    return {
        **_run(row.measured.run),
        "source": f"{PREDICTIONS}/{row.measured.run.folder}",
        "seeds": len(row.measured.scores),
        "war_mean": _short(mean),
        "war_sd": _short(sd),
        "hits": row.correct,
        "size": row.size,
        "war": _short(100 * row.correct / row.size),
        "low": _short(row.interval.low),
        "high": _short(row.interval.high),
        "lead": _difference(row.difference),
        "lead_by_speaker": _difference(row.difference_by_speaker),
        "p": None if row.test is None else round(row.test.p, 6),
        "p_holm": None if row.adjusted is None else round(row.adjusted, 6),
        "told_apart": row.significant,
    }


def _difference(difference: Difference | None) -> dict[str, float] | None:
    if difference is None:
        return None
    return {
        "war": round(difference.war, 2),
        "war_low": round(difference.war_interval.low, 2),
        "war_high": round(difference.war_interval.high, 2),
        "uar": round(difference.uar, 2),
        "uar_low": round(difference.uar_interval.low, 2),
        "uar_high": round(difference.uar_interval.high, 2),
    }


def _run(run: RunName) -> dict[str, Any]:
    return {"group": run.group, "corpus": run.corpus, "name": run.name}


def _short(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)


def alpha(
    histories: Sequence[History],
    trials: Mapping[str, tuple[Sequence[Trial], Trial]],
    measured: Mapping[RunName, Measured],
) -> dict[str, Any]:
    """Point 3: how much of the gradient the LMMD is, and what leaving it out changes.

    Args:
        histories: of all runs.
        trials: corpus -> the grid that was tried, and its chosen point.
        measured: all runs, of which FDAN and FDAN2 (alpha 0) are compared seed by seed.
    """
    runs = [
        {
            **_history(history),
            "lmmd_weight": history.lmmd_weight,
            "samples": len(history.norms),
            "share": _short(history.share, 6),
        }
        for history in histories
        if history.norms
    ]
    curves = {}
    for corpus in dict.fromkeys(h.run.corpus for h in histories):
        fdan = [h for h in histories if h.run == RunName(PAPER, corpus, "fdan") and h.norms]
        if fdan:
            shares = {f"{at:g}": fmean(h.share_at(at) or 0.0 for h in fdan) for at in ALPHAS}
            curves[corpus] = {at: round(share, 6) for at, share in shares.items()}
    return {
        "sources": [HISTORIES, "reports/tuning", PREDICTIONS],
        "runs": runs,
        "summary": _summary(runs, "share", 6, ("lmmd_weight",)),
        "fdan_gradients_at_other_alphas": curves,
        "tuning": [
            {
                "corpus": corpus,
                "source": f"reports/tuning/{corpus}.csv",
                "alpha": trial.alpha,
                "weight_decay": trial.weight_decay,
                "learning_rate": trial.learning_rate,
                "validation_war": round(trial.war, 2),
                "share": round(100 * trial.lmmd_share, 6),
                "chosen": trial is chosen,
            }
            for corpus, (grid, chosen) in trials.items()
            for trial in grid
        ],
        "without_lmmd": [effect for run in measured if (effect := _effect(run, measured))],
    }


def _effect(run: RunName, measured: Mapping[RunName, Measured]) -> dict[str, Any] | None:
    without = RunName(run.group, run.corpus, "fdan2")
    if run.name != "fdan" or without not in measured:
        return None
    common = sorted(set(measured[run].seeds) & set(measured[without].seeds))
    pairs = [[measured[r].only([seed]).scores[0].war for r in (run, without)] for seed in common]
    differences = [round(a - b, 2) for a, b in pairs]
    if not differences:
        return None
    sources = [f"{PREDICTIONS}/{r.folder}" for r in (run, without)]
    return {**_run(run), "sources": sources, "war_per_seed": differences, "war_mean": round(fmean(differences), 2)}


def _history(history: History) -> dict[str, Any]:
    return {**_run(history.run), "seed": history.seed, "source": history.path.as_posix()}


def _summary(runs: Sequence[dict[str, Any]], key: str, digits: int, shared: Sequence[str] = ()) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for run in runs:
        groups.setdefault((run["group"], run["corpus"], run["name"]), []).append(run)
    return [
        {
            **_run(RunName(*group)),
            "runs": len(members),
            "mean": round(fmean(values), digits),
            "least": round(min(values), digits),
            "most": round(max(values), digits),
            **{name: members[0][name] for name in shared},
        }
        for group, members in groups.items()
        for values in [[member[key] for member in members]]
    ]


def selection(histories: Sequence[History]) -> dict[str, Any]:
    """Point 4: what choosing the best epoch on the test part would add, per run."""
    runs = []
    for history in histories:
        if history.gain is None:
            continue
        best = max(history.test_war)
        runs.append(
            {
                **_history(history),
                "epochs": len(history.test_war),
                "last": round(history.test_war[-1], 2),
                "best": round(best, 2),
                "best_epoch": history.test_war.index(best) + 1,
                "gain": round(history.gain, 2),
            }
        )
    return {"sources": [HISTORIES], "runs": runs, "summary": _summary(runs, "gain", 2)}


def leak(measured: Mapping[RunName, Measured], speakers: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Point 5: the paper's split against the two without a leak, on the seeds that both have.

    The difference is paper minus disjoint, on the same test utterances. The protocol ``speaker`` has other
    utterances, so it has an interval of its own and no test.
    """
    rows = []
    for corpus in speakers:
        pairs: list[tuple[Measured, Measured]] = []
        others: list[tuple[Measured, Measured]] = []
        for run, paper in measured.items():
            if (run.group, run.corpus) != (PAPER, corpus):
                continue
            for protocol in ("disjoint", "speaker"):
                other = measured.get(RunName(protocol, corpus, run.name))
                common = set(paper.seeds) & set(other.seeds) if other else set()
                if other and common:
                    (pairs if protocol == "disjoint" else others).append((paper.only(common), other.only(common)))
        found = compare(pairs, speakers[corpus])
        for (paper, _), row in zip(pairs, found, strict=True):
            rows.append(_beside(paper, row))
        rows += [_beside(paper, alone(other)) for paper, other in others]
    return {"sources": [PREDICTIONS, "data/splits"], "rows": rows}


def _beside(paper: Measured, row: Compared) -> dict[str, Any]:
    whole, part = _compared(alone(paper)), _compared(row)
    return {**part, "paper": whole, "difference": round(100 * (_rate(alone(paper)) - _rate(row)), 2)}


def _rate(row: Compared) -> float:
    return row.correct / row.size


def released(compared: Mapping[str, Sequence[Compared]], chosen: dict[str, Any]) -> dict[str, Any]:
    """Point 6: the released code's variant beside FDAN as the paper writes it; the choices are in the README."""
    rows = [
        {**_compared(row), "selection": [run for run in chosen["summary"] if _is(run, row.measured.run)]}
        for found in compared.values()
        for row in found
        if row.measured.run.group == "released" or row.measured.run == RunName(PAPER, row.measured.run.corpus, "fdan")
    ]
    there = {row["corpus"] for row in rows if row["group"] == "released"}
    return {
        "sources": ["README.md", PREDICTIONS, HISTORIES],
        "rows": [row for row in rows if row["corpus"] in there],
    }


def _is(named: dict[str, Any], run: RunName) -> bool:
    return (named["group"], named["corpus"], named["name"]) == (run.group, run.corpus, run.name)
