"""The network from Mel image to probabilities as one ONNX file, the bank of training faces inside."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import contextlib
import io
import json
import warnings
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fdan.backbones.extractor import freeze
from fdan.backbones.pretrained import to_input
from fdan.prediction.recogniser import Recogniser
from fdan.prediction.voice import feature_network

ONNX = "model.onnx"


class Chain(nn.Module):
    """All that an answer is computed by, on a batch of Mel images."""

    black: Tensor
    white: Tensor

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__()
        self.backbone = freeze(feature_network(recogniser.voice))
        self.network, self.temperature = recogniser.network, recogniser.temperature
        for i, z in enumerate(recogniser.bank.visual):
            self.register_buffer(f"bank_{i}", z[None].clone())  # outside of inference mode, which no export takes
        for name, shade in (("black", 0), ("white", 255)):
            self.register_buffer(name, to_input(np.full((1, 1, 1, 3), shade, np.uint8)))

    def forward(self, image: UInt8[Tensor, "n h w"]) -> Float[Tensor, "n c"]:
        """The probabilities of every emotion."""
        x = self.black + image[:, None].float() / 255 * (self.white - self.black)
        z = self.network.embed_acoustic(self.backbone(x)[None])
        for i, layer in enumerate(self.network.cross_modal_layers):
            z = layer.acoustic(z, layer.visual.show(getattr(self, f"bank_{i}")))
        return torch.softmax(self.network.classifier(z)[0] / self.temperature, dim=-1)


def write_onnx(recogniser: Recogniser, path: Path) -> None:
    """Write `Chain`; its metadata say what goes in and what comes out, and hold the settings of the Mel image."""
    import onnx

    size = recogniser.voice.mels.size
    batch = torch.export.Dim("n", min=1, max=4096)
    quiet = contextlib.redirect_stdout(io.StringIO())  # the exporter has much to say
    with warnings.catch_warnings(action="ignore"), quiet, torch.no_grad():
        program = torch.onnx.export(
            Chain(recogniser).eval(),
            (torch.zeros(2, size, size, dtype=torch.uint8),),
            dynamo=True,
            input_names=["image"],
            output_names=["probabilities"],
            dynamic_shapes={"image": {0: batch}},
            verbose=False,
        )
        assert program is not None
        program.save(str(path), external_data=False)
    model = onnx.load(str(path))
    described = {
        "emotions": json.dumps(list(recogniser.classes)),
        "image": f"uint8 [n, {size}, {size}]: Mel images, time rightwards, low bands at the bottom; see mels.py",
        "mels": json.dumps(asdict(recogniser.voice.mels)),
        "probabilities": f"float32 [n, {len(recogniser.classes)}]: in the order of emotions; rows sum to 1",
        "synthetic": json.dumps(recogniser.synthetic),
    }
    onnx.helper.set_model_props(model, described)
    onnx.save(model, str(path))
