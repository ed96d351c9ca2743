import ast
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from torch import nn

from fdan.numerics.portable import adam, lstm

ROOT = Path(__file__).parent.parent.parent

BY_PROCESSOR = {"sqrt", "asin", "acos", "atan", "tan", "cdist", "Adam", "AdamW", "RMSprop", "NAdam", "RAdam", "Adamax"}
"""Names in torch of what takes MKL's approximations."""


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
def test_adam_is_adam(weight_decay):
    torch.manual_seed(0)
    ours = nn.Linear(300, 40)
    theirs = deepcopy(ours)
    optimisers = (
        adam(ours.parameters(), 1e-2, (0.9, 0.99), weight_decay),
        torch.optim.Adam(theirs.parameters(), 1e-2, (0.9, 0.99), weight_decay=weight_decay),
    )
    x = torch.randn(7, 300)
    for _ in range(20):
        for network, optimiser in zip((ours, theirs), optimisers, strict=True):
            optimiser.zero_grad()
            network(x).square().sum().backward()
            optimiser.step()
    assert torch.allclose(ours.weight, theirs.weight, atol=1e-4)


def test_adam_s_square_roots_are_the_nearest_numbers():
    """MKL's are a bit off for one number in seven. A gradient of 1 after others: the step is 1 / (root + eps)."""
    weight = torch.zeros(100_000, requires_grad=True)
    optimiser = adam([weight], 1.0, (0.0, 0.75))
    for gradient in (torch.rand(100_000, generator=torch.Generator().manual_seed(0)), torch.ones(100_000)):
        weight.grad = gradient
        before = weight.detach().clone()
        optimiser.step()
    mean_square = optimiser.state[weight]["exp_avg_sq"]
    root = mean_square.double().sqrt().float() / (1 - 0.75**2) ** 0.5
    assert (weight == before - 1 / (root + 1e-8)).float().mean() > 0.99


def test_lstm_gives_its_states_and_gradients():
    torch.manual_seed(0)
    network, x = nn.LSTM(6, 4, batch_first=True, bidirectional=True), torch.randn(3, 11, 6)
    states = lstm(network, x), network(x)[0]
    assert torch.allclose(*states, atol=1e-6)
    ours, theirs = (torch.autograd.grad(y.square().sum(), network.parameters()) for y in states)
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(ours, theirs, strict=True))


def test_nothing_else_takes_what_rounds_by_the_processor():
    """math's and NumPy's roots are exact; torch's cdist only is with p=1."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("fdan", "stages")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in BY_PROCESSOR
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id in {"math", "np"})
        if not any(k.arg == "p" and ast.unparse(k.value) in {"1", "1.0"} for k in node.keywords)
        if path.name != "portable.py"
    ]
    assert found == []
