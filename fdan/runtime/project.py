"""Where everything of a project lies: one object owns the paths, so that no function reads the working directory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Project:
    """The folders and files of one project.

    Attributes:
        root: the folder that holds params.yaml; the working directory by default, where DVC starts every stage.
    """

    root: Path = Path()

    @property
    def params(self) -> Path:
        """``params.yaml``."""
        return self.root / "params.yaml"

    @property
    def paper(self) -> Path:
        """``params.paper.yaml``: the paper's own numbers."""
        return self.root / "params.paper.yaml"

    @property
    def weights(self) -> Path:
        """Weights of torchvision's networks and of the face detectors."""
        return self.root / "weights"

    @property
    def data(self) -> Path:
        """What the stages before training write."""
        return self.root / "data"

    @property
    def reports(self) -> Path:
        """What is committed: tables, figures, predictions and the audit."""
        return self.root / "reports"

    def manifest(self, corpus: str) -> Path:
        """The utterances of a corpus, as csv."""
        return self.data / f"manifests/{corpus}.csv"

    def recordings(self, corpus: str) -> Path:
        """The files that a corpus' utterances use and their digests, as csv."""
        return self.data / f"recordings/{corpus}.csv"

    def faces(self, corpus: str) -> Path:
        """The folder of a corpus' face crops: ``crops.zip`` and ``index.csv``."""
        return self.data / f"faces/{corpus}"

    def mels(self, corpus: str) -> Path:
        """The folder of a corpus' Mel images: ``mels.zip`` and ``index.csv``."""
        return self.data / f"mels/{corpus}"

    def sounds(self, corpus: str) -> Path:
        """The zip file of a corpus' sounds, a wav file for each utterance."""
        return self.data / f"sounds/{corpus}.zip"

    def split(self, corpus: str) -> Path:
        """Which utterance trains and which is tested, as csv."""
        return self.data / f"splits/{corpus}.csv"

    def features(self, modality: str, corpus: str) -> Path:
        """Features of a corpus in one modality, ``visual`` or ``acoustic``, as safetensors."""
        return self.data / f"features/{modality}/{corpus}.safetensors"

    def inputs(self, corpus: str, method: str) -> Path:
        """What one quoted method reads of a corpus, as safetensors."""
        return self.data / f"inputs/{corpus}/{method}.safetensors"

    def runs(self, *names: str) -> Path:
        """Networks and training histories: ``runs/<names>``."""
        return self.root.joinpath("runs", *names)

    def predictions(self, *names: str) -> Path:
        """Predictions on test utterances: ``reports/predictions/<names>``, such as ``paper/savee/fdan``."""
        return self.reports.joinpath("predictions", *names)

    def tuning(self, corpus: str) -> Path:
        """The grid that was searched on a corpus, as csv."""
        return self.reports / f"tuning/{corpus}.csv"

    def calibration(self, corpus: str) -> Path:
        """The folder of a corpus' temperature and reliability curve."""
        return self.reports / f"calibration/{corpus}"

    def figure(self, name: str) -> Path:
        """A picture: ``reports/figures/<name>``."""
        return self.reports / "figures" / name
