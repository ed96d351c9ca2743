"""A network in bfloat16 on a CPU, compiled by OpenVINO: twice as fast as torch's own (`make bench`)."""

from fdan.numerics.pins import why_unpinned

import sys
import warnings
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fdan.errors import FdanError


class Bf16:
    """A network of images, for batches of one or few shapes; on one thread.

    Args:
        network: in float32, on the CPU.

    Raises:
        FdanError: OpenVINO is not installed, this processor has no bf16 instructions, or the pins forbid them.
    """

    def __init__(self, network: nn.Module) -> None:
        # On import OpenVINO tells its makers so, over the network; without this module it does not.
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
        try:
            import openvino
        except ImportError as error:  # it is not there, or a library of the system that it needs is not
            reason = str(error).splitlines()[0]
            cure = "pip install -e '.[bf16]', or take fp32"
            raise FdanError(f"features.precision bf16: OpenVINO cannot be imported ({reason}); {cure}") from None
        if "BF16" not in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise FdanError("features.precision bf16: this processor has no bf16 instructions; expected fp32")
        if not why_unpinned():
            raise FdanError("features.precision bf16: the pins leave no such instructions; FDAN_PINS=off, or take fp32")
        self.network = network
        self.requests: dict[torch.Size, Any] = {}

    def __call__(self, x: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n p"]:
        """The network's output."""
        if x.shape not in self.requests:
            self.requests[x.shape] = self._compile(x)
        return torch.from_numpy(self.requests[x.shape].infer({0: x.numpy()}, share_inputs=True)[0])

    def _compile(self, x: Float[Tensor, "n 3 h w"]) -> Any:
        import openvino

        with warnings.catch_warnings(action="ignore"):  # of torch's export about itself
            model = openvino.convert_model(torch.export.export(self.network, (x,)))
        settings = {"INFERENCE_PRECISION_HINT": "bf16", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
        return openvino.Core().compile_model(model, "CPU", settings).create_infer_request()
