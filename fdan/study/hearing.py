"""What a speech encoder changes, and what is left for the rest of FDAN to do: two sentences for the study's page."""

from collections.abc import Mapping, Sequence

from fdan.results.printing import number
from fdan.results.runs import PAPER, Measured
from fdan.study.claims import CLAIMS, HEARING, Claim, in_print
from fdan.study.params import NO_FACES, PROBE, StudyParams

_PARTS = {NO_FACES: "faces", "fdan1": "attention", "fdan2": "LMMD"}

NONE = "No speech encoder was at hand: `fdan download weights --speech`, or `fdan real --encoder DIR`, adds one."


def in_two_sentences(
    found: Sequence[Claim], measured: Mapping[str, Mapping[tuple[str, str], Measured]], study: StudyParams
) -> str:
    """A paragraph of two sentences for each encoder of the study; `NONE` without.

    Args:
        found: all claims.
        measured: backbone -> (protocol, name) -> its seeds.
        study: what was asked.
    """
    return "\n\n".join(_paragraph(encoder, found, measured, study.main) for encoder in study.encoders) or NONE


def _paragraph(
    encoder: str, found: Sequence[Claim], measured: Mapping[str, Mapping[tuple[str, str], Measured]], main: str
) -> str:
    told = {(claim.claim, claim.protocol): claim for claim in found if claim.backbone == encoder}

    def both(claim: str) -> str:
        return f"{in_print(told[claim, PAPER].difference)} and {in_print(told[claim, 'speaker'].difference)}"

    def rates(backbone: str, name: str) -> str:
        paper, speaker = (
            number(measured[backbone][protocol, name].mean_sd("war")[0]) for protocol in (PAPER, "speaker")
        )
        return f"{paper} and {speaker} %"

    parts = [f"{part} {both(CLAIMS[name])}" for name, part in _PARTS.items()]
    claims = [told[CLAIMS[name], protocol] for name in _PARTS for protocol in (PAPER, "speaker")]
    helpful = [f"{c.claim} ({c.protocol}): {c.verdict}" for c in claims if c.verdict != "cannot be told"]
    verdict = "; ".join(helpful) or "none of these can be told from nothing"
    return (
        f"**What does the ear change?** With {encoder} in place of the Mel images FDAN recognises {both(HEARING)} "
        f"points more of the paper's split and of new speakers (95 % in brackets): {rates(encoder, 'fdan')} of the "
        f"utterances, {rates(main, 'fdan')} with {main}. **And once it is good?** On the same two, {', '.join(parts)} "
        f"points ({verdict}), and a linear probe of the same ear, which knows no face, recognises "
        f"{rates(encoder, PROBE)}."
    )
