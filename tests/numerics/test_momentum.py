"""SGD with momentum: torch's own numbers, without torch's compiler."""

import subprocess
import sys

import torch

from fdan.numerics.momentum import MomentumSGD


def test_it_moves_weights_to_the_bit_as_torch_does() -> None:
    generator = torch.Generator().manual_seed(0)
    ours = [torch.randn(5, 3, generator=generator), torch.randn(3, generator=generator)]
    theirs = [weights.clone().requires_grad_() for weights in ours]
    reference = torch.optim.SGD(theirs, momentum=0.9, weight_decay=0.01, fused=True)
    optimiser = MomentumSGD(0.9)
    for step in range(4):
        gradients = [torch.randn(weights.shape, generator=generator) for weights in ours]
        reference.param_groups[0]["lr"] = rate = 0.1 / (1 + step)
        for weights, gradient in zip(theirs, gradients, strict=True):
            weights.grad = gradient
        reference.step()
        optimiser.step(ours, gradients, rate, 0.01)
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one, other)


def test_a_training_does_not_import_the_compiler_of_torch() -> None:
    code = (
        "import sys, torch; from fdan.numerics.momentum import MomentumSGD;"
        "w = torch.zeros(2); MomentumSGD(0.9).step([w], [w + 1], 0.1, 0.0); assert w[0] < 0;"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
