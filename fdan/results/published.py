"""The paper's numbers: every row of its Tables 1 to 4, in percent, as ``published.csv`` beside this holds them.

The csv file is a transcript of the tables; its last column names the run of ours that a row is set beside.
Table 3's S and M are SAVEE and MELD, its v and a visual and acoustic samples.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fdan.data.records import read_records


@dataclass(frozen=True)
class PublishedRow:
    """One row of one table of the paper.

    Attributes:
        table: the paper's table number.
        corpus: whose test utterances were recognised, ``savee`` or ``meld``.
        row: the row's name, without its citation; "Ours" of Tables 1 and 2 is called FDAN.
        war: weighted average recall; None where the paper prints a dash or nothing.
        uar: unweighted average recall, likewise.
        wf1: weighted F1, likewise.
        kind: a network the authors fine-tuned, a number quoted from elsewhere, or their own method.
        modalities: what the model sees, joined by ``+``.
        note: for a quoted row its source and protocol, for a special case what is left out.
        run: the run name of our results; empty for a row that the paper only quotes, of which we run none.
    """

    table: int
    corpus: str
    row: str
    war: float | None
    uar: float | None
    wf1: float | None
    kind: Literal["fine-tuned", "quoted", "ours"]
    modalities: str
    note: str
    run: str


PUBLISHED = tuple(read_records(Path(__file__).with_suffix(".csv"), PublishedRow))
"""All rows, in the order of the paper."""

CORPORA = tuple(dict.fromkeys(row.corpus for row in PUBLISHED))
"""The paper's corpora."""


@dataclass(frozen=True)
class Quoted:
    """Whether a number that the paper quotes was measured like the paper's own (Sec. 3.3 calls them similar).

    Attributes:
        like: ``no``, or ``not known`` where the protocol behind the number is not known here.
        why: one sentence.
        source: where the number is from, and where the sentence is.
    """

    like: Literal["no", "not known"]
    why: str
    source: str


_TIM_NET = "a 10-fold table by GM-TCNet's authors, github.com/Jiaxin-Ye/TIM-Net_SER (README, SER Results)"

QUOTED: dict[str, Quoted] = {
    "INCA": Quoted(
        "no",
        "Ten-fold cross-validation over all 480 utterances, selected acoustic features, no faces; GM-TCNet's authors "
        "list 84.79 / 83.38 (WAR / UAR) for it, not 81.63 / 79.73.",
        f"Tuncer et al. 2021, doi:10.1016/j.knosys.2020.106547; {_TIM_NET}",
    ),
    "GM-TCNet": Quoted(
        "no",
        "Shuffled ten-fold cross-validation with the best test epoch of each fold, sound alone; its authors list "
        "83.88 / 86.02 (WAR / UAR) for it, and the 84.79 that the paper quotes is what they list for INCA.",
        f"Ye et al. 2022, Speech Communication 145:21, arXiv:2210.15834; {_TIM_NET}",
    ),
    "TF-Mix": Quoted(
        "not known",
        "Sound alone, with augmented audio and an ensemble of several networks; the split behind the number is not "
        "known here.",
        "Wang et al. 2024, doi:10.1016/j.apacoust.2024.109886 (abstract)",
    ),
    "SMIN": Quoted(
        "no",
        "It reads the transcript and the dialogue around the utterance, learns from unlabelled data too, and is "
        "presumably tested on MELD's own 2,610 test utterances, not on 2/10 of each emotion.",
        "Lian et al. 2022, doi:10.1109/TAFFC.2022.3141237 (abstract)",
    ),
    "TRIN": Quoted(
        "not known",
        "Task and split behind the number are not known here; it is 12 points above SDT, which also reads the "
        "transcript.",
        "Dong et al. 2022, doi:10.1109/TCSVT.2022.3163445 (abstract)",
    ),
    "SDT": Quoted(
        "no",
        "It reads the transcript and the whole dialogue, and is tested on MELD's own 2,610 test utterances with the "
        "best test epoch, not on 2/10 of each emotion.",
        "Ma et al. 2023, doi:10.1109/TMM.2023.3271019, arXiv:2310.20494; github.com/butterfliesss/SDT",
    ),
    "CADF": Quoted(
        "not known",
        "It reads the transcript and sees no faces; which split, and whether the number is a UAR, is not known here.",
        "Khan et al. 2023, doi:10.1016/j.eswa.2023.122946 (abstract)",
    ),
    "MAP": Quoted(
        "no",
        "A few-shot setting with a pre-trained language model that reads the transcript; its own abstract reports "
        "micro F1, which is the accuracy, no UAR and no w-F1.",
        "Liang et al. 2024, JAIR 79:825, jair.org/index.php/jair/article/view/15301 (abstract)",
    ),
}
"""Row -> why it is or is not like for like."""


@dataclass(frozen=True)
class Yardstick:
    """One system of others, measured by others.

    Attributes:
        corpus: whose utterances were recognised.
        system: a speech foundation model with a classifier behind it, or a constant answer.
        war: weighted average recall, which its source calls WA.
        uar: unweighted average recall, UA there.
        protocol: what was tested.
        source: where the number is from.
    """

    corpus: str
    system: str
    war: float
    uar: float
    protocol: str
    source: str


YARDSTICKS = tuple(read_records(Path(__file__).with_name("yardsticks.csv"), Yardstick))
"""What speech alone reaches elsewhere, in percent; of a corpus the best foundation model first."""
