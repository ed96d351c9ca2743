"""Settings of the yardstick of text."""

from dataclasses import dataclass

from fdan.dialogues.params import ContextParams
from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class Params:
    """Section ``baselines.ngrams`` of params.yaml.

    Attributes:
        inputs: what is read of a corpus: text.
        seeds: one, since nothing is random.
    """

    inputs: ContextParams
    seeds: Seeds
