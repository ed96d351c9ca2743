"""The methods beside FDAN that Tables 1 and 2 list. A new one is a file beside this and an entry here.

Nothing here imports torch: tables read what is known of a method, and only what runs it loads its file.
"""

from dataclasses import dataclass, make_dataclass
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from fdan.runtime.params import once_each

NETWORKS = {
    "vgg16": "VGG-16",
    "vgg19": "VGG-19",
    "resnet18": "ResNet-18",
    "resnet34": "ResNet-34",
    "resnet50": "ResNet-50",
}
"""The networks of `fdan.methods.cnn`: torchvision's names and the paper's."""


@dataclass(frozen=True)
class Method:
    """A method of another publication, and how close to it the method is that runs here.

    The file ``fdan/methods/<name>.py`` has, by these names::

        Params   section ``methods.<name>`` of params.yaml: ``inputs`` says what is read, ``seeds`` one run each
        read     of a method that reads sounds: `fdan.methods.sounds.Reader.read`
        inputs   from a `Corpus`, what ``read`` made of its sounds, and ``Params.inputs``: what the method reads
        predict  `fdan.methods.running.Predict`

    Attributes:
        title: its name in print.
        kind: ``faithful`` where public code or text gives every detail of the structure, ``partial`` where the idea is
            published and the details are ours, ``inspired`` where only an abstract could be had that leaves the
            structure open; empty of the yardstick, which is no row of the paper.
        reads_text: whether it reads transcripts where a corpus has them.
        known: what could be read of it, one sentence.
        differs: what was chosen here or is other than theirs, one sentence; each number is in params.yaml.
    """

    title: str
    kind: Literal["faithful", "partial", "inspired", ""]
    reads_text: bool
    known: str = ""
    differs: str = ""


METHODS = {
    "inca": Method(
        "INCA",
        "partial",
        False,
        "The abstract: a tunable-Q wavelet transform, twine shuffle patterns, iterative neighbourhood component "
        "analysis, a polynomial SVM of degree 3.",
        "permutation, histograms, the analysis' optimiser, the range of the loop and the SVM's cost are ours; the "
        "number of levels, which the abstract does not tell, and that of features are chosen inside the training part.",
    ),
    "gm_tcnet": Method(
        "GM-TCNet",
        "faithful",
        False,
        "The text and the public code: features, network, loss, optimiser, batch size and epochs.",
        "the last epoch counts instead of the best test epoch of each fold, the initial weights are torch's, and the "
        "split is FDAN's.",
    ),
    "tf_mix": Method(
        "TF-Mix",
        "partial",
        False,
        "The abstract, and the text of Ahmed et al. 2023 (arXiv:2112.05666), whose three networks its own continue.",
        "widths and depths, the strength of the augmentation and the rule of the three weights, set on a part of the "
        "training part, are ours.",
    ),
    "smin": Method(
        "SMIN",
        "partial",
        True,
        "The abstract: reconstruction within and across modalities, also of unlabelled utterances, a recurrent network "
        "over the dialogue, hybrid fusion.",
        "all sizes, the weights of the reconstructions and the features are ours; the unlabelled utterances are those "
        "of the test part, whose labels are in no loss.",
    ),
    "trin": Method(
        "TRIN",
        "inspired",
        False,
        "The abstract: calibration over time, a temporal attentive fusion unit in either order, adaptive fusion of the "
        "temporal and the pooled level.",
        "all layers, sizes and features are ours, each as small as it can be.",
    ),
    "sdt": Method(
        "SDT",
        "faithful",
        True,
        "The text and the public code: nine transformers, gates, four heads, self-distillation, optimiser, epochs and "
        "batch size.",
        "features are this project's (theirs: RoBERTa, openSMILE, DenseNet), the width is smaller and the learning "
        "rate larger to match, the last epoch counts instead of the best test epoch, and dialogues lie on both sides "
        "of FDAN's split.",
    ),
    "cadf": Method(
        "CADF",
        "partial",
        True,
        "The abstract: CNN encoders of speech and text, cross-attention in both directions, deep fusion with region "
        "weights.",
        "all layers, sizes and features are ours.",
    ),
    "map": Method(
        "MAP",
        "inspired",
        True,
        "The abstract: six prompts, soft tokens of sound and picture, attention over the prompts, a verbaliser; "
        "few-shot.",
        "the prompts, words, sizes and features are ours, all training utterances teach, and a language model, where "
        "text.encoder names one, stays frozen; with the lexical encoder no language model was used.",
    ),
    "ngrams": Method("n-grams", "", True),
}
"""Every method by name, in the order of the tables; the yardstick of those that read text is the last."""

QUOTED_METHODS = {name: method for name, method in METHODS.items() if method.kind}
"""The eight methods that the paper quotes, by `PublishedRow.run`."""


def load(name: str) -> ModuleType:
    """Import the file of a method."""
    return import_module(f"fdan.methods.{name}")


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := sorted(set(names) - set(METHODS)):
        raise ValueError(f"{', '.join(unknown)}: no such method; expected some of {', '.join(METHODS)}")
    return names


def section() -> type[Any]:
    """Return the type of section ``methods`` of params.yaml: ``run``, and the params of every method by its name.

    ``run`` lists the methods that are trained now; the rows of the others come from the cache.
    """
    run = Annotated[tuple[str, ...], once_each("method"), AfterValidator(_known)]
    return make_dataclass("Methods", [("run", run), *((name, load(name).Params) for name in METHODS)], frozen=True)
