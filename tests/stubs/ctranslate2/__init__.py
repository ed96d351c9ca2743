"""In place of CTranslate2: a Whisper of three numbers a frame, from a folder whose model.bin says ``whisper``."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np


class Whisper:
    n_mels = 80

    def __init__(self, folder, device, compute_type, inter_threads, intra_threads):
        assert (device, compute_type, inter_threads, intra_threads) == ("cpu", "float32", 1, 1)
        if (Path(folder) / "model.bin").read_text() != "whisper":
            raise RuntimeError("no Whisper\nin this file")

    def encode(self, mel):
        assert mel.shape[0] == 1
        assert mel.shape[1] == self.n_mels
        assert mel.shape[2] <= 3000
        low, high = mel[:, :40].mean(axis=1), mel[:, 40:].mean(axis=1)
        pairs = np.stack([low, high, mel.max(axis=1)], axis=-1)
        return (pairs[:, ::2] + pairs[:, 1::2]).astype(np.float32)


models = SimpleNamespace(Whisper=Whisper)
StorageView = SimpleNamespace(from_array=np.ascontiguousarray)
