"""The table's code, run through in a moment: no test measures time."""

import json

import pytest
import torch

from benchmarks import deepda
from benchmarks.__main__ import FIGURES, main, table
from benchmarks.measure import Row, at_most, best, exponent, faster, matrix_products
from fdan.learning.losses import lmmd


@pytest.mark.slow
def test_every_figure_gives_rows_and_they_are_written(tmp_path, capsys):
    out = tmp_path / "build" / "bench.json"
    main(["--tiny", "--out", str(out)])
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert len(rows) >= len(FIGURES)
    assert {tuple(row) for row in rows} == {("name", "value", "unit", "reference", "ratio", "target", "met")}
    assert all((row["met"] is None) == (row["target"] == "") for row in rows)
    assert all(row["value"] > 0 for row in rows if row["unit"] not in {"", "%"})  # exponents, overheads
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(rows) + 1
    assert printed[0].split() == ["figure", "value", "unit", "reference", "ratio", "target", "met"]


def test_an_unknown_figure_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--tiny", "speed"])
    assert "unknown figure speed; expected network" in capsys.readouterr().err


def test_rows_by_hand():
    assert faster("loss", 0.001, 0.008, 7) == Row("loss", 1.0, "ms", 8.0, 8.0, ">= 7 x", True)
    assert faster("loss", 0.001, 0.006, 7).met is False
    assert at_most("bank", 31.0, "s", 30, 15.5) == Row("bank", 31.0, "s", 15.5, 0.5, "<= 30 s", False)
    line = table([Row("bank", 1234.5, "s"), Row("loss", 0.0123, "ms", 0.5, 40.65, ">= 7 x", True)]).splitlines()
    assert line[1].split() == ["bank", "1,234", "s"]
    assert line[2].split() == ["loss", "0.0123", "ms", "0.500", "40.6", ">=", "7", "x", "yes"]


def test_the_exponent_of_a_power():
    assert exponent([1, 2, 4, 8], [3.0, 12.0, 48.0, 192.0]) == pytest.approx(2)


def test_the_best_round_counts_and_functions_take_turns():
    now, calls = 0.0, []
    costs = {"a": iter([1.0, 5.0, 2.0]), "b": iter([1.0, 4.0, 9.0])}

    def work(name):
        nonlocal now
        calls.append(name)
        now += next(costs[name])

    found = best({name: lambda name=name: work(name) for name in costs}, 2, lambda: now)
    assert found == {"a": 2.0, "b": 4.0}
    assert calls == ["a", "b", "a", "b", "a", "b"]


def test_matrix_products_count_their_operations():
    products = matrix_products(tiny=True)
    assert set(products) == {"torch 64", "numpy 64"}
    for flops, run in products.values():
        assert flops == 2 * 64**3
        assert run().shape == (64, 64)


@pytest.mark.parametrize("seed", range(5))
def test_deepda_s_way_gives_the_same_loss_and_gradient(seed):
    """The reference of the speed ratio computes the same thing."""
    g = torch.Generator().manual_seed(seed)
    z_v, z_a = (torch.randn(9, 5, generator=g, requires_grad=True) for _ in range(2))
    y_v, y_a = (torch.randint(4, (9,), generator=g) for _ in range(2))
    ours, theirs = lmmd(z_v, z_a, y_v, y_a, 4), deepda.lmmd(z_v, z_a, y_v, y_a, 4)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    for one, other in zip(*(torch.autograd.grad(loss, (z_v, z_a)) for loss in (ours, theirs)), strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-6)
