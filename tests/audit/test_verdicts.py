"""Verdicts and replication statements follow the findings: each is turned by turning its number."""

from dataclasses import replace

import pytest

from fdan.audit import paper, quoted, runs, verdicts
from fdan.audit.findings import Findings
from fdan.audit.replication import Status, paragraph, statements
from fdan.audit.verdicts import Outcome
from fdan.results.comparisons import Comparison
from fdan.results.deviations import Deviation
from fdan.results.published import PUBLISHED

SAVEE, MELD = (60, 60, 60, 60, 120, 60, 60), (1607, 361, 358, 2308, 6436, 1002, 1636)


@pytest.fixture(scope="module")
def nothing() -> Findings:
    """What is known of the paper, and no run."""
    checked = paper.arithmetic(SAVEE, MELD)
    return Findings(
        ("savee", "meld"),
        (),
        (),
        (),
        {},
        checked,
        paper.intervals({"savee": checked.savee.size, "meld": checked.meld.size}),
        quoted.outside(),
        (),
        runs.Uncertainty((), ()),
        runs.Alpha((), (), (), {}, (), ()),
        runs.Selection((), (), (), ()),
        runs.Leak((), ()),
        runs.Released((), ()),
        quoted.quoted({}, {}),
    )


def record(
    corpus: str, group: str, row: str, war: float, lead: float | None, told: bool | None, half: float = 5
) -> Comparison:
    """A comparison with these numbers, whose lead is known to 2 points."""
    war, lead = float(war), None if lead is None else float(lead)
    ends = (None, None) if lead is None else (lead - 2, lead + 2)
    scores = (1, 96, war, None, war - half, war + half, 1, "seed", lead, lead)
    return Comparison(corpus, "", group, row, *scores, *ends, *[None] * 6, None, None, told, None, None, None)


def with_rows(found: Findings, *rows: Comparison) -> Findings:
    return replace(found, uncertainty=runs.Uncertainty((), rows))


def outcomes(found: list[verdicts.Verdict]) -> list[Outcome]:
    return [verdict.outcome for verdict in found]


def test_savee_s_numbers_do_not_fit_and_would_if_they_were_possible(nothing: Findings) -> None:
    assert outcomes(verdicts.savee_arithmetic(nothing)) == [Outcome.FAILS]
    assert outcomes(verdicts.meld_arithmetic(nothing)) == [Outcome.HOLDS]
    fine = tuple(
        replace(row, war=replace(row.war, possible=True), uar=replace(row.uar, possible=True))
        for row in nothing.arithmetic.savee.rows
    )
    other = replace(nothing.arithmetic, savee=replace(nothing.arithmetic.savee, rows=fine))
    assert outcomes(verdicts.savee_arithmetic(replace(nothing, arithmetic=other))) == [Outcome.HOLDS]


def test_a_gap_between_war_and_uar_below_all_others_is_a_question(nothing: Findings) -> None:
    assert outcomes(verdicts.meld_gap(nothing)) == [Outcome.OPEN]
    usual = replace(nothing.arithmetic.gaps, own=nothing.arithmetic.gaps.elsewhere)
    assert verdicts.meld_gap(replace(nothing, arithmetic=replace(nothing.arithmetic, gaps=usual))) == []


def test_what_the_paper_says_of_map_and_of_the_quoted_rows(nothing: Findings) -> None:
    assert outcomes(verdicts.map_claim(nothing)) == [Outcome.FAILS]
    assert outcomes(verdicts.quoted_alike(nothing)) == [Outcome.FAILS]
    right = replace(nothing, quoted=replace(nothing.quoted, says="uar"))
    assert outcomes(verdicts.map_claim(right)) == [Outcome.HOLDS]
    unknown = tuple(replace(row, like_for_like="cannot be told") for row in nothing.quoted.rows)
    assert outcomes(verdicts.quoted_alike(replace(nothing, quoted=replace(nothing.quoted, rows=unknown)))) == [
        Outcome.OPEN
    ]


def test_a_lead_inside_the_interval_is_open_and_outside_holds(nothing: Findings) -> None:
    found = verdicts.published_leads(nothing)
    assert outcomes(found) == [Outcome.HOLDS, Outcome.OPEN, Outcome.OPEN, Outcome.HOLDS, Outcome.OPEN]
    assert "SAVEE: whether FDAN beats INCA, GM-TCNet, TF-Mix, FDAN1 and FDAN2" in found[1].sentence
    assert "+5.03, +1.87, +0.43, +3.33, +7.03" in found[1].sentence


def test_our_leads_hold_fail_or_are_open(nothing: Findings) -> None:
    found = with_rows(
        nothing,
        record("savee", "paper", "fdan", 80, None, None),
        record("savee", "paper", "fdan1", 70, 10, True),
        record("savee", "paper", "fdan2", 85, -5, True),
        record("savee", "cnn", "vgg16", 79, 1, False),
        record("savee", "tuned", "fdan", 79, 1, None),
    )
    assert [(v.outcome, v.sentence) for v in verdicts.our_leads(found, "savee")] == [
        (Outcome.HOLDS, "SAVEE: FDAN is ahead of FDAN1"),
        (Outcome.FAILS, "SAVEE: FDAN is behind FDAN2"),
        (Outcome.OPEN, "SAVEE: FDAN cannot be told apart from VGG-16"),
    ]
    assert verdicts.our_leads(found, "meld") == [verdicts.Verdict(Outcome.OPEN, "MELD: not run", 2)]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (
            "cnn.epochs",
            "; the CNN rows are no rivals here, with cnn.epochs not the paper's",
        ),
        ("cnn.batch_size", ""),
    ],
)
def test_to_be_ahead_of_a_network_that_was_hardly_trained_says_so(nothing: Findings, key: str, said: str) -> None:
    found = with_rows(nothing, record("savee", "cnn", "vgg16", 20, 60, True))
    found = replace(found, deviations=(Deviation(key, 1, 300),))
    assert [v.sentence for v in verdicts.our_leads(found, "savee")] == [f"SAVEE: FDAN is ahead of VGG-16{said}"]


@pytest.mark.parametrize(("lead", "outcome"), [(9, Outcome.HOLDS), (1, Outcome.OPEN), (-9, Outcome.FAILS)])
def test_the_lmmd_acts_where_its_interval_is_above_0(nothing: Findings, lead: float, outcome: Outcome) -> None:
    found = with_rows(nothing, record("savee", "paper", "fdan2", 80, lead, None))
    share = runs.Summary("paper", "savee", "fdan", 3, 5.0, 4.0, 6.0, 0.001)
    found = replace(found, alpha=replace(found.alpha, summary=(share,)))
    (verdict,) = verdicts.lmmd_acts(found, "savee")
    assert verdict.outcome is outcome
    assert "at alpha = 0.001 the LMMD is 5 % of the gradient" in verdict.sentence


def test_best_epoch_leak_and_released_code_fail_where_they_add_something(nothing: Findings) -> None:
    chosen = replace(nothing.selection, summary=(runs.Summary("paper", "savee", "fdan", 1, 2.0, 2.0, 2.0),))
    assert outcomes(verdicts.last_epoch(replace(nothing, selection=chosen), "savee")) == [Outcome.FAILS]
    for every, outcome in (((1,), Outcome.HOLDS), ((10,), Outcome.OPEN)):
        none = runs.Summary("paper", "savee", "fdan", 1, 0.0, 0.0, 0.0)
        chosen = replace(nothing.selection, every=every, summary=(none,))
        assert outcomes(verdicts.last_epoch(replace(nothing, selection=chosen), "savee")) == [outcome]
    for lead, outcome in ((9, Outcome.FAILS), (1, Outcome.OPEN)):
        other = record("savee", "disjoint", "fdan", 70, lead, None)
        whole = record("savee", "paper", "fdan", 80, None, None)
        heard = record("savee", "speaker", "fdan", 80 - lead * 2, None, None)
        rows = tuple(runs.Protocol("savee", r.group, "fdan", whole, r, float(lead)) for r in (other, heard))
        found = replace(nothing, leak=replace(nothing.leak, rows=rows))
        assert outcomes(verdicts.no_leak(found, "savee")) == [outcome, outcome]
        found = with_rows(nothing, record("savee", "released", "released", 50, lead, None))
        assert outcomes(verdicts.as_released(found, "savee")) == [outcome]


def everything(found: Findings, shift: float, told: bool) -> Findings:
    """Every row of the paper's own run, `shift` points off the paper's value, FDAN ahead of all and behind `multi`."""
    rows = []
    for row in {(r.corpus, r.run): r for r in PUBLISHED if r.kind != "quoted"}.values():
        group = "multi" if row.run == "multi" else "cnn" if row.kind == "fine-tuned" else "paper"
        name = "fdan" if row.run == "multi" else row.run
        fdan = (group, name) == ("paper", "fdan")
        lead = None if fdan else -3.0 if group == "multi" else 3.0
        assert row.war is not None
        rows.append(record(row.corpus, group, name, row.war + shift, lead, None if fdan else told))
    return with_rows(found, *rows)


def test_a_table_is_replicated_partly_or_not(nothing: Findings) -> None:
    assert [s.status for s in statements(everything(nothing, 1, True))] == [Status.YES] * 4
    partly = statements(everything(nothing, 9, True))
    assert [s.status for s in partly] == [Status.PARTLY] * 4
    assert partly[3].reason == (
        "0 of 6 WARs lie in the 95 % interval of ours; of 4 leads 4 were found again, 0 the other way round, and of "
        "0 it cannot be told; 0 of 6 rows were not run"
    )
    assert [s.status for s in statements(everything(nothing, 9, False))] == [Status.NO] * 4
    assert statements(nothing)[0].status is Status.UNTESTED
    said = paragraph(everything(nothing, 1, True))
    assert "Of its 4 tables: Tables 1 and 2: replicated (6 of 6 WARs lie in the 95 % interval of ours;" in said
    assert "Parameters other than params.paper.yaml's: " in said


def test_fdan_alone_replicates_no_table(nothing: Findings) -> None:
    rows = everything(nothing, 1, True).uncertainty.rows
    alone = with_rows(nothing, *(row for row in rows if (row.group, row.row) == ("paper", "fdan")))
    first, _, third, fourth = statements(alone)
    assert [first.status, third.status, fourth.status] == [Status.PARTLY, Status.UNTESTED, Status.PARTLY]
    assert first.reason.endswith("5 of 6 rows were not run")
    assert "Tables 1 and 2: partly replicated (1 of 1 WARs lie in" in paragraph(alone)


def test_made_up_clips_test_nothing(nothing: Findings) -> None:
    demo = replace(everything(nothing, 1, True), synthetic=("SAVEE", "MELD"))
    assert [s.status for s in statements(demo)] == [Status.UNTESTED] * 4
    said = paragraph(demo)
    assert "None of its 4 tables could be tested here, because only made-up clips were at hand." in said
    assert "SAVEE's numbers are not those of one run on its test part of 96 utterances." in said


def test_the_paper_s_fdan_is_far_above_the_best_foundation_model_on_meld(nothing: Findings) -> None:
    savee, meld = nothing.outside
    assert (meld.war_above, meld.uar_above) == pytest.approx((81.16 - 51.89, 75.91 - 31.54))
    assert savee.war_above == pytest.approx(86.66 - 78.59)
