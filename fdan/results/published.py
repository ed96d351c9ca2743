"""The paper's numbers as data: every row of its Tables 1 to 4, in percent.

`run` names the run of ours that a row is set beside, if there is one; for a row that the paper only quotes
from another publication, our own training of that method. ``tests/test_published.py`` holds this page against
the transcript.
"""

from dataclasses import dataclass
from typing import Literal


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
        run: the run name of our results, empty if we run none.
    """

    table: int
    corpus: str
    row: str
    war: float | None
    uar: float | None
    wf1: float | None
    kind: Literal["fine-tuned", "quoted", "ours"]
    modalities: str
    note: str = ""
    run: str = ""


_INCA = "Tuncer et al. 2021, KBS 211:106547; 10-fold, not this split"

_GM_TCNET = "Ye et al. 2022, Speech Communication 145:21; shuffled 10-fold, best test epoch"

_TF_MIX = "Wang et al. 2024, Applied Acoustics 218:109886; split unknown"

_SMIN = "Lian et al. 2022, IEEE TAC 14(3):2415; official split presumed"

_TRIN = "Dong et al. 2022, IEEE TCSVT 32(9):6472; task and split unknown"

_SDT = "Ma et al. 2023, IEEE TMM; official split, best test epoch"

_CADF = "Khan et al. 2023, ESWA 245:122946; split unknown"

_MAP = "Liang et al. 2024, JAIR 79:825; few-shot setting"

_NO_ATTENTION = "without cross-attention"

_NO_LMMD = "alpha = 0"

PUBLISHED: tuple[PublishedRow, ...] = (
    # Table 1: "The recognition results of different models on the SAVEE dataset".
    PublishedRow(1, "savee", "VGG-16", 64.58, 63.33, 64.30, "fine-tuned", "audio", run="vgg16"),
    PublishedRow(1, "savee", "VGG-19", 67.70, 66.41, 67.71, "fine-tuned", "audio", run="vgg19"),
    PublishedRow(1, "savee", "ResNet-18", 59.37, 59.01, 58.74, "fine-tuned", "audio", run="resnet18"),
    PublishedRow(1, "savee", "ResNet-34", 69.79, 70.33, 70.01, "fine-tuned", "audio", run="resnet34"),
    PublishedRow(1, "savee", "ResNet-50", 68.75, 68.31, 68.42, "fine-tuned", "audio", run="resnet50"),
    PublishedRow(1, "savee", "INCA", 81.63, 79.73, 80.59, "quoted", "audio", _INCA, "inca"),
    PublishedRow(1, "savee", "GM-TCNet", 84.79, 83.33, None, "quoted", "audio", _GM_TCNET, "gm_tcnet"),
    PublishedRow(1, "savee", "TF-Mix", 86.23, 84.71, 84.85, "quoted", "audio", _TF_MIX, "tf_mix"),
    PublishedRow(1, "savee", "FDAN", 86.66, 86.19, 86.96, "ours", "audio+visual", run="fdan"),
    # Table 2: "The recognition results of different models on the MELD dataset".
    PublishedRow(2, "meld", "VGG-16", 50.31, 49.51, 49.03, "fine-tuned", "audio", run="vgg16"),
    PublishedRow(2, "meld", "VGG-19", 54.53, 54.08, 53.33, "fine-tuned", "audio", run="vgg19"),
    PublishedRow(2, "meld", "ResNet-18", 58.68, 59.80, 58.41, "fine-tuned", "audio", run="resnet18"),
    PublishedRow(2, "meld", "ResNet-34", 63.82, 63.10, 62.91, "fine-tuned", "audio", run="resnet34"),
    PublishedRow(2, "meld", "ResNet-50", 61.02, 60.31, 60.79, "fine-tuned", "audio", run="resnet50"),
    PublishedRow(2, "meld", "SMIN", 65.59, None, 64.50, "quoted", "audio+text+visual", _SMIN),
    PublishedRow(2, "meld", "TRIN", 79.60, 70.52, None, "quoted", "audio+visual", _TRIN),
    PublishedRow(2, "meld", "SDT", 67.55, None, 66.60, "quoted", "audio+text+visual", _SDT),
    PublishedRow(2, "meld", "CADF", None, 72.30, None, "quoted", "audio+text", _CADF),
    PublishedRow(2, "meld", "MAP", 78.50, 78.50, 78.40, "quoted", "audio+text+visual", _MAP),
    PublishedRow(2, "meld", "FDAN", 81.16, 75.91, 80.72, "ours", "audio+visual", run="fdan"),
    # Table 3: multi-dataset tasks. S, M: SAVEE, MELD; v, a: visual, acoustic samples.
    PublishedRow(3, "savee", "SAVEE{Sv,Mv,Sa}", 87.50, 87.14, 87.70, "ours", "audio+visual", run="multi"),
    PublishedRow(3, "meld", "MELD{Sv,Mv,Ma}", 81.78, 78.31, 81.01, "ours", "audio+visual", run="multi"),
    # Table 4: FDAN and its two special cases; the paper gives WAR/UAR only.
    PublishedRow(4, "savee", "FDAN1", 83.33, 82.91, None, "ours", "audio+visual", _NO_ATTENTION, "fdan1"),
    PublishedRow(4, "savee", "FDAN2", 79.63, 79.25, None, "ours", "audio+visual", _NO_LMMD, "fdan2"),
    PublishedRow(4, "savee", "FDAN", 86.66, 86.19, None, "ours", "audio+visual", run="fdan"),
    PublishedRow(4, "meld", "FDAN1", 75.01, 74.90, None, "ours", "audio+visual", _NO_ATTENTION, "fdan1"),
    PublishedRow(4, "meld", "FDAN2", 64.80, 64.33, None, "ours", "audio+visual", _NO_LMMD, "fdan2"),
    PublishedRow(4, "meld", "FDAN", 81.16, 75.91, None, "ours", "audio+visual", run="fdan"),
)


@dataclass(frozen=True)
class Quoted:
    """Whether a number that the paper quotes was measured like the paper's own (Sec. 3.3 calls them similar).

    Attributes:
        like: ``no``, or ``cannot be told`` where the protocol behind the number is not known here.
        why: one sentence.
        source: where the number is from, and where the sentence is.
    """

    like: Literal["no", "cannot be told"]
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
        "cannot be told",
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
        "cannot be told",
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
        "cannot be told",
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
