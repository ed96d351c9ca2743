"""Import torchvision, also beside a torch of another build (a CPU-only torch with PyPI's torchvision).

PyPI's torchvision is built against a CUDA torch. Beside a CPU-only torch its compiled operators do
not load, and the bare import fails at ``torchvision::nms``. Models, transforms and weights need none
of them, so where the library does not load, the two operators that the import registers against are
declared without an implementation. On a matching build this module changes nothing.
"""

from importlib.util import find_spec
from pathlib import Path

import torch


def _declare_operators() -> torch.library.Library | None:
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        return None  # the import below says so
    for compiled in sorted(Path(spec.origin).parent.glob("_C*.so")):
        try:
            torch.ops.load_library(compiled)
        except OSError:
            library = torch.library.Library("torchvision", "DEF")
            for name in ("nms", "qnms"):
                library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            return library
    return None


_LIBRARY = _declare_operators()  # the operators vanish with this object

from torchvision import models  # noqa: E402 (only now can it be imported)

__all__ = ["models"]
