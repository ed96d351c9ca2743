"""Settings of the text encoder, apart from the code that needs its libraries."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

LEXICAL = "lexical"

MASK = "[MASK]"
"""Stands in a prompt for the word that is asked for, whatever the model calls it."""


@dataclass(frozen=True)
class TextParams:
    """Section ``text`` of params.yaml.

    Attributes:
        encoder: ``lexical``, or the folder or name of a BERT-like model (pip install -e '.[text]').
    """

    encoder: Annotated[str, MinLen(1)]
