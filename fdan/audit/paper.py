"""What the audit finds in the paper alone: its arithmetic, its intervals, its quoted rows."""

from collections.abc import Sequence
from typing import Any

from fdan.audit.grim import ANY, Printed, Verdict, reachable_pair, reachable_uar, reachable_war
from fdan.audit.sizes import scan_sizes
from fdan.data.emotions import Emotion
from fdan.results.published import PUBLISHED, QUOTED, PublishedRow
from fdan.results.statistics import correct_of, wilson

NEUTRAL = list(Emotion).index(Emotion.NEUTRAL)
"""Place of the largest class, whose clips MELD loses first."""

SIZES = range(500, 2801)
"""Test sizes that MELD could have had: from a fifth of its test part to a fifth of everything."""


def tested(published: Sequence[int]) -> list[int]:
    """The paper's rule (Sec. 3.2): of each emotion's n utterances floor(0.8 n) train, the others test."""
    return [n - 8 * n // 10 for n in published]


def own_rows(corpus: str) -> list[PublishedRow]:
    """The runs that the paper reports as its own, each once: Table 4 repeats FDAN."""
    rows = {(r.war, r.uar): r for r in reversed(PUBLISHED) if r.corpus == corpus and r.kind != "quoted"}
    return [row for row in PUBLISHED if row in rows.values()]


def arithmetic(savee: Sequence[int], meld: Sequence[int]) -> dict[str, Any]:
    """Point 1, the GRIM test: whether the paper's numbers can come from its test parts.

    Args:
        savee: utterances of each emotion in the whole corpus, in the order of `Emotion`.
        meld: likewise.
    """
    counts, speaker = tested(savee), [n // 4 for n in savee]
    rows = own_rows("meld")
    scan = scan_sizes([_printed(row.war) for row in rows], SIZES)
    lost = {lost: [*meld[:NEUTRAL], meld[NEUTRAL] - lost, *meld[NEUTRAL + 1 :]] for lost in range(10)}
    fitting = [clips for clips, left in lost.items() if sum(tested(left)) in scan.sizes]
    used = tested(lost[fitting[0] if fitting else 0])
    return {
        "sources": ["fdan/results/published.csv", "fdan/corpora/savee.py", "fdan/corpora/meld.py"],
        "savee": {
            "counts": counts,
            "size": sum(counts),
            "speaker_counts": speaker,
            "speaker_size": sum(speaker),
            "rows": [_savee(row, counts, speaker) for row in own_rows("savee")],
        },
        "meld": {
            "counts": used,
            "size": sum(used),
            "neutral_clips_lost": fitting,
            "rows": [_meld(row, used) for row in rows],
        },
        "scan": {
            "first": SIZES.start,
            "last": SIZES.stop - 1,
            "values": len(rows),
            "sizes": list(scan.sizes),
            "sizes_by_rule": {rule: list(sizes) for rule, sizes in scan.by_rule.items()},
            "chance_somewhere": round(scan.chance_somewhere, 4),
            "chance_at": {str(size): round(chance, 6) for size, chance in scan.chance_at.items()},
        },
    }


def _printed(value: float | None) -> Printed:
    assert value is not None  # the paper's own rows have a WAR and a UAR each
    return Printed.parse(f"{value:.2f}")


def _savee(row: PublishedRow, counts: Sequence[int], speaker: Sequence[int]) -> dict[str, Any]:
    war, uar, size = _printed(row.war), _printed(row.uar), sum(counts)
    found = reachable_war(war, size)
    alone = reachable_war(war, sum(speaker)), reachable_uar(uar, speaker)
    runs = next((n for n in range(1, 51) if reachable_war(war, n * size).possible), None)
    return {
        **_named(row),
        "war": _plain(found),
        "uar": _plain(reachable_uar(uar, counts)),
        "war_as_mean_of_runs": runs,
        "one_speaker": {
            "war": alone[0].possible,
            "uar": alone[1].possible,
            "both": all(v.possible for v in alone) and reachable_pair(war, uar, speaker).possible,
        },
    }


def _meld(row: PublishedRow, counts: Sequence[int]) -> dict[str, Any]:
    war, uar = _printed(row.war), _printed(row.uar)
    return {
        **_named(row),
        "war": _plain(reachable_war(war, sum(counts))),
        "uar": _plain(reachable_uar(uar, counts)),
        "both": _plain(reachable_pair(war, uar, counts)),
    }


def _named(row: PublishedRow) -> dict[str, Any]:
    return {"table": row.table, "row": row.row, "printed_war": row.war, "printed_uar": row.uar}


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "possible": verdict.possible,
        "printed": (list(verdict.rules) or [ANY]) if verdict.possible else [],
        "nearest": [round(100 * float(value), 4) for value in verdict.nearest],
    }


def intervals(sizes: dict[str, int]) -> dict[str, Any]:
    """Point 2, the paper's half: Wilson intervals at its test sizes, and which differences lie outside them.

    Args:
        sizes: corpus -> test utterances.
    """
    rows = []
    for row in (row for corpus in sizes for row in own_rows(corpus)):
        assert row.war is not None
        size = sizes[row.corpus]
        count = correct_of(row.war, size)
        found = wilson(count, size)
        rows.append(
            {
                **_named(row),
                "corpus": row.corpus,
                "hits": count,
                "size": size,
                "low": round(found.low, 2),
                "high": round(found.high, 2),
            }
        )
    return {"sources": ["fdan/results/published.csv"], "rows": rows, "differences": _differences(rows)}


def _differences(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    # Each row against FDAN of its own corpus, quoted rows too: is its WAR outside FDAN's interval?
    found = []
    for fdan in (row for row in rows if row["row"] == "FDAN"):
        corpus = fdan["corpus"]
        for row in PUBLISHED:
            if row.corpus != corpus or row.war is None or row.row == "FDAN":
                continue
            own = next((r for r in rows if (r["corpus"], r["row"]) == (corpus, row.row)), None)
            found.append(
                {
                    "corpus": corpus,
                    "table": row.table,
                    "row": row.row,
                    "war": row.war,
                    "difference": round(fdan["printed_war"] - row.war, 2),
                    "quoted": row.kind == "quoted",
                    "outside": not fdan["low"] <= row.war <= fdan["high"],
                    "intervals_apart": None if own is None else own["high"] < fdan["low"] or fdan["high"] < own["low"],
                }
            )
    return found


def quoted() -> dict[str, Any]:
    """Point 7: the rows that the paper quotes, and what Sec. 3.4 says of MAP."""
    best = {row.corpus: row for row in PUBLISHED if row.row == "FDAN" and row.table in {1, 2}}
    rows = [
        {
            "corpus": row.corpus,
            "row": row.row,
            "war": row.war,
            "uar": row.uar,
            "wf1": row.wf1,
            "modalities": row.modalities,
            "like_for_like": QUOTED[row.row].like,
            "why": QUOTED[row.row].why,
            "source": QUOTED[row.row].source,
        }
        for row in PUBLISHED
        if row.kind == "quoted"
    ]
    rival = next(row for row in rows if row["row"] == "MAP")
    fdan = best["meld"]
    ahead = [key for key in ("war", "uar", "wf1") if rival[key] > getattr(fdan, key)]
    claim = {
        "says": "wf1",
        "ahead": ahead,
        "map": {key: rival[key] for key in ("war", "uar", "wf1")},
        "fdan": {key: getattr(fdan, key) for key in ("war", "uar", "wf1")},
    }
    return {"sources": ["fdan/results/published.csv"], "rows": rows, "map_claim": claim}
