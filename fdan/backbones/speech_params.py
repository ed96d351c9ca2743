"""What hears an utterance, apart from the code that needs the encoder's library."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import MinLen


@dataclass(frozen=True)
class HearingParams:
    """Those keys of section ``features`` that decide what speech is described by.

    Attributes:
        acoustic: ``mel``: the Mel image through the images' network, as in the paper; ``whisper``: a speech encoder.
        acoustic_weights: the encoder's folder, in CTranslate2's format; null with ``mel``.
    """

    acoustic: Literal["mel", "whisper"]
    acoustic_weights: Annotated[str, MinLen(1)] | None

    def __post_init__(self) -> None:
        if self.acoustic == "whisper" and self.acoustic_weights is None:
            raise ValueError(
                "acoustic whisper: acoustic_weights is null; expected the encoder's folder, such as "
                "encoders/whisper-base (fdan download weights --speech)"
            )

    @property
    def encoder(self) -> Path | None:
        """The encoder's folder; None where the Mel images describe speech."""
        return Path(self.acoustic_weights) if self.acoustic == "whisper" and self.acoustic_weights else None
