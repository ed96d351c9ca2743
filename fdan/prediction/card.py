"""The card of an exported model: what it is for, what it must not be used for, and how good it is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from fdan.data.emotions import CorpusError
from fdan.data.splits import read_split
from fdan.download import sources
from fdan.metrics.predictions import Predictions, read_predictions
from fdan.metrics.scores import score
from fdan.prediction.recogniser import Recogniser
from fdan.results.jackknife import over_groups
from fdan.results.statistics import bootstrap, correct, wilson
from fdan.results.units import grouping
from fdan.runtime.project import Project

LICENCES = {
    "cremad": f"CREMA-D: {sources.LICENCES['cremad']}",
    "meld": f"MELD: {sources.LICENCES['meld']}",
    "ravdess": f"RAVDESS: {sources.LICENCES['ravdess']}: not for commercial use",
    "savee": "SAVEE: for research, by registration, Haq & Jackson 2009",
}

_CARD = """---
library_name: fdan
license: other
pipeline_tag: audio-classification
tags: [speech-emotion-recognition]
---
# {title}

{synthetic}FDAN (feature distribution adaptation network) hears one of {count} emotions in the voice of one speaker:
{emotions}. The voice attends over {faces} training faces; no face of a recording is looked at. Settings: {about}.

## Use

    fdan predict clip.wav --model DIR

{onnx}`mels.py` makes the Mel image that the network reads ({rate} Hz mono, {bands} bands, {size} x {size} pixels,
{floor:g} dB black, {ceiling:g} dB white) with numpy alone.

**Intended**: research on speech emotion recognition, and checking published results.

**Forbidden, or not intended**: inferring emotions of people at work or in education is prohibited in the European Union
since 2 February 2025 (Regulation (EU) 2024/1689, Art. 5(1)(f)), but for medical or safety reasons; elsewhere such a
system may be high-risk, and the people concerned must be told (Art. 50(3)). Do not judge a person by it: it knows acted
or broadcast speech of few speakers in one language, and it says what a voice is like, not what somebody feels. Several
speakers in one recording are not told apart.

## Training data and licences

{licences}

The code is MIT licensed. Weights follow the licences of the data that they were learnt from, and those of the feature
network ({backbone}) are {weights}. Trained on speech of {shortest:g} to {longest:g} s and {quietest:g} to
{loudest:g} dB; `fdan predict` warns outside of these.

## Measured

{measured}

In the paper's protocol (8/10 of each emotion's utterances train, at random) speakers, sentences and the faces of test
utterances are in the training data too: expect less of somebody else's voice. Of several seeds each number is the mean
of their own scores. WAR and UAR have 95 % intervals, w-F1 has none: Wilson's over utterances for one seed's WAR, else a
bootstrap's over utterances and seeds. Other speakers differ by more than that. Probabilities are divided by a
temperature of {temperature:.3g}{calibrated}.
"""


def card(project: Project, recogniser: Recogniser, checkpoint: Path, has_onnx: bool) -> str:
    """The card as Markdown.

    Args:
        project: whose reports have the network's predictions.
        recogniser: the network.
        checkpoint: of the run.
        has_onnx: whether an ONNX file lies beside it.
    """
    corpus, mels = str(recogniser.about["corpus"]), recogniser.voice.mels
    features, ranges = recogniser.voice.features, recogniser.ranges
    trained = sorted({corpus, *(face.partition("/")[0] for face in recogniser.faces)})
    demo = (
        "**Trained on the synthetic demo, which only has the layout of these corpora: its answers mean nothing.**\n\n"
    )
    onnx = (
        "`model.onnx` needs onnxruntime and numpy alone: `python mels.py clip.wav`. Its input `image` is uint8 "
        f"[n, {mels.size}, {mels.size}], its output `probabilities` float32 [n, {len(recogniser.classes)}], in the "
        "order above.\n\n"
    )
    return _CARD.format(
        title=f"FDAN, {corpus}",
        synthetic=demo if recogniser.synthetic else "",
        count=len(recogniser.classes),
        emotions=", ".join(recogniser.classes),
        faces=f"{len(recogniser.faces):,}",
        about=", ".join(f"{key} {value}" for key, value in sorted(recogniser.about.items()) if key != "train"),
        onnx=onnx if has_onnx else "",
        rate=mels.sample_rate,
        bands=mels.n_mels,
        size=mels.size,
        floor=mels.floor_db,
        ceiling=mels.ceiling_db,
        licences="\n".join(f"* {LICENCES.get(name, f'{name}: ask its authors')}" for name in trained),
        backbone=features.network,
        weights="random" if features.weights == "random" else "its authors', as downloaded",
        shortest=ranges.shortest,
        longest=ranges.longest,
        quietest=ranges.quietest,
        loudest=ranges.loudest,
        measured="\n".join(_measured(project, recogniser.synthetic, corpus, checkpoint)),
        temperature=recogniser.temperature,
        calibrated="" if recogniser.temperature != 1 else ": not calibrated",
    )


def _measured(project: Project, synthetic: bool, corpus: str, checkpoint: Path) -> list[str]:
    """A table row for this run, and one for the mean over the seeds' scores where speakers are held out."""
    variant = checkpoint.parent.name
    rows = []
    own = project.predictions("paper", corpus, variant, f"{checkpoint.stem}.csv")
    if own.is_file():
        rows.append(_row("this network, the paper's protocol", [read_predictions(own)]))
    held = sorted(project.predictions("speaker", corpus, variant).glob("seed-*.csv"))
    if held:
        split = project.split(corpus)
        speakers = {part.utterance: part.speaker for part in read_split(split).parts} if split.is_file() else {}
        rows.append(_row("such networks, speakers held out", [read_predictions(path) for path in held], speakers))
    if not rows:
        return [f"Nothing: {own} is not there (dvc repro)."]
    head = [
        f"| {'SYNTHETIC DEMO' if synthetic else corpus} | utterances | seeds | WAR | 95 % | UAR | 95 % | w-F1 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return head + rows


def _row(name: str, runs: Sequence[Predictions], speakers: Mapping[str, str] = MappingProxyType({})) -> str:
    """A table row: the mean of each network's own scores, never the scores of their mean, which is another system.

    Intervals are over speakers where these are named, else over utterances.
    """
    if len({(run.utterances, run.classes, tuple(run.truth.tolist())) for run in runs}) != 1:
        raise CorpusError(f"{name}: the seeds' predictions in reports are not of the same utterances; dvc repro")
    scores = [score(run) for run in runs]
    right = np.stack([correct(run) for run in runs])
    groups = grouping(runs[0].utterances, speakers) if speakers else None
    found = over_groups(runs, groups.groups) if groups else bootstrap(right.astype(np.float64), runs[0].truth)
    war = found.war_interval if groups or len(runs) > 1 else wilson(int(right.sum()), right.size)
    cells = [
        name,
        f"{right.shape[1]}",
        f"{len(runs)}",
        f"{found.war:.1f}",
        f"{war.low:.1f} to {war.high:.1f}",
        f"{found.uar:.1f}",
        f"{found.uar_interval.low:.1f} to {found.uar_interval.high:.1f}",
        f"{np.mean([run.wf1 for run in scores]):.1f}",
    ]
    return f"| {' | '.join(cells)} |"
