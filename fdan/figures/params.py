"""Section ``figures`` of params.yaml."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le


@dataclass(frozen=True)
class FigureParams:
    """Section ``figures`` of params.yaml: seed of sample and map, and the share of samples drawn per corpus."""

    tsne_seed: Annotated[int, Ge(0)]
    tsne_share: dict[str, Annotated[float, Gt(0), Le(1)]]
    """Of a corpus' samples; all of them where it is not named."""
