"""The eight methods that the paper quotes, as they are run here: how close to their publications, and what differs."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Method:
    """One row that the paper quotes, and what was built for it.

    Attributes:
        kind: ``faithful`` where public code or text gives every detail of the structure, ``after`` where the idea is
            published and the details are ours, ``in the spirit of`` where only an abstract could be had that leaves the
            structure open.
        reads_text: whether it reads transcripts where a corpus has them.
        known: what could be read of it, one sentence.
        differs: what was chosen here or is other than theirs, one sentence; each number is in params.yaml.
    """

    kind: Literal["faithful", "after", "in the spirit of"]
    reads_text: bool
    known: str
    differs: str


METHODS: dict[str, Method] = {
    "inca": Method(
        "after",
        False,
        "The abstract: a tunable-Q wavelet transform, twine shuffle patterns, iterative neighbourhood component "
        "analysis, a polynomial SVM of degree 3.",
        "permutation, histograms, the analysis' optimiser, the range of the loop and the SVM's cost are ours; the "
        "number of levels, which the abstract does not tell, and that of features are chosen inside the training part.",
    ),
    "gm_tcnet": Method(
        "faithful",
        False,
        "The text and the public code: features, network, loss, optimiser, batch size and epochs.",
        "the last epoch counts instead of the best test epoch of each fold, the initial weights are torch's, and the "
        "split is FDAN's.",
    ),
    "tf_mix": Method(
        "after",
        False,
        "The abstract, and the text of Ahmed et al. 2023 (arXiv:2112.05666), whose three networks its own continue.",
        "widths and depths, the strength of the augmentation and the rule of the three weights, set on a part of the "
        "training part, are ours.",
    ),
    "smin": Method(
        "after",
        True,
        "The abstract: reconstruction within and across modalities, also of unlabelled utterances, a recurrent network "
        "over the dialogue, hybrid fusion.",
        "all sizes, the weights of the reconstructions and the features are ours; the unlabelled utterances are those "
        "of the test part, whose labels are in no loss.",
    ),
    "trin": Method(
        "in the spirit of",
        False,
        "The abstract: calibration over time, a temporal attentive fusion unit in either order, adaptive fusion of the "
        "temporal and the pooled level.",
        "all layers, sizes and features are ours, each as small as it can be.",
    ),
    "sdt": Method(
        "faithful",
        True,
        "The text and the public code: nine transformers, gates, four heads, self-distillation, optimiser, epochs and "
        "batch size.",
        "features are this project's (theirs: RoBERTa, openSMILE, DenseNet), the width is smaller and the learning "
        "rate larger to match, the last epoch counts instead of the best test epoch, and dialogues lie on both sides "
        "of FDAN's split.",
    ),
    "cadf": Method(
        "after",
        True,
        "The abstract: CNN encoders of speech and text, cross-attention in both directions, deep fusion with region "
        "weights.",
        "all layers, sizes and features are ours.",
    ),
    "map": Method(
        "in the spirit of",
        True,
        "The abstract: six prompts, soft tokens of sound and picture, attention over the prompts, a verbaliser; "
        "few-shot.",
        "the prompts, words, sizes and features are ours, all training utterances teach, and a language model, where "
        "text.encoder names one, stays frozen; with the lexical encoder no language model was used.",
    ),
}
"""`PublishedRow.run` -> what is run under that name."""
