import math

import numpy as np
import pytest
import torch

from fdan.learning.losses import (
    KERNEL_SCALES,
    bandwidth,
    class_weights,
    domain_weights,
    fdan_loss,
    gaussian_kernel,
    lmmd,
    mmd,
    quadratic_form,
    squared_distances,
)


def slow_lmmd(z_v, z_a, y_v, y_a, classes, b=None):
    """Eq. 8 as it stands in the paper: three double sums per class, over plain floats."""
    z_v, z_a, y_v, y_a = (np.asarray(t, dtype=np.float64) for t in (z_v, z_a, y_v, y_a))
    joined = np.concatenate([z_v, z_a])
    n = len(joined)
    if b is None:
        b = sum(((x - y) ** 2).sum() for x in joined for y in joined) / (n * n - n)

    def k(x, y):
        return sum(math.exp(-((x - y) ** 2).sum() / (2.0**j * b)) for j in range(-2, 3))

    total, shared = 0.0, 0
    for c in range(classes):
        of_v, of_a = z_v[y_v == c], z_a[y_a == c]
        if not len(of_v) or not len(of_a):
            continue
        shared += 1
        total += sum(k(x, y) for x in of_v for y in of_v) / len(of_v) ** 2
        total += sum(k(x, y) for x in of_a for y in of_a) / len(of_a) ** 2
        total -= 2 * sum(k(x, y) for x in of_v for y in of_a) / (len(of_v) * len(of_a))
    return total / shared if shared else 0.0


def batch(seed, n_v, n_a, d, classes, dtype=torch.float64):
    g = torch.Generator().manual_seed(seed)
    z_v, z_a = (torch.randn(n, d, generator=g, dtype=dtype) for n in (n_v, n_a))
    y_v, y_a = (torch.randint(0, classes, (n,), generator=g) for n in (n_v, n_a))
    return z_v, z_a, y_v, y_a, classes


def test_two_points_by_hand():
    # One visual sample at 0 and one acoustic at 2, same class: d^2 = 4, b = (4 + 4) / (4 - 2) = 4.
    # k(x, x) = 5, k(x, y) = e^-4 + e^-2 + e^-1 + e^-1/2 + e^-1/4; LMMD = 5 + 5 - 2 k(x, y).
    y = torch.tensor([0])
    cross = sum(math.exp(-1 / s) for s in (0.25, 0.5, 1, 2, 4))
    value = lmmd(torch.tensor([[0.0]]), torch.tensor([[2.0]]), y, y, 1)
    assert value.item() == pytest.approx(10 - 2 * cross, rel=1e-6)


def test_class_weights_by_hand():
    # Eq. 7: two samples of class 0, one of class 2, none of class 1.
    weights, has = class_weights(torch.tensor([0, 2, 0]), 3, torch.float32)
    assert torch.equal(weights, torch.tensor([[0.5, 0, 0], [0, 0, 1], [0.5, 0, 0]]))
    assert has.tolist() == [True, False, True]


@pytest.mark.parametrize("seed", range(12))
def test_lmmd_is_the_slow_double_sum(seed):
    rng = np.random.default_rng(seed)
    n_v, n_a, d, classes = (int(rng.integers(1, high)) for high in (20, 20, 9, 8))
    args = batch(seed, n_v, n_a, d, classes)
    assert lmmd(*args).item() == pytest.approx(slow_lmmd(*args), rel=1e-9, abs=1e-12)


def test_single_precision_at_batch_size():
    args = batch(3, 32, 32, 256, 7, torch.float32)
    assert lmmd(*args).item() == pytest.approx(slow_lmmd(*args), rel=1e-4)


def test_several_networks_at_once_are_each_their_own():
    z, y_v, y_a = torch.randn(3, 9, 4).double(), torch.randint(0, 3, (3, 5)), torch.randint(0, 3, (3, 4))
    values, _ = quadratic_form(z, domain_weights(y_v, y_a, 3, z.dtype))
    for i in range(3):
        alone = lmmd(z[i, :5], z[i, 5:], y_v[i], y_a[i], 3)
        assert values[i].item() == pytest.approx(alone.item(), rel=1e-9, abs=1e-12)


def test_a_class_absent_from_one_half_contributes_nothing():
    z_v, z_a, _, _, _ = batch(1, 4, 3, 5, 3)
    y_v, y_a = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 2])
    b = torch.full((1, 1), 2.0, dtype=torch.float64)
    alone = lmmd(z_v[:2], z_a[:2], y_v[:2], y_a[:2], 3, b)
    assert lmmd(z_v, z_a, y_v, y_a, 3, b).item() == pytest.approx(alone.item(), rel=1e-12)


def test_no_shared_class_is_exactly_zero_and_has_a_gradient():
    z_v, z_a, _, _, _ = batch(1, 4, 3, 5, 2)
    z_v.requires_grad_()
    value = lmmd(z_v, z_a, torch.zeros(4, dtype=torch.int64), torch.ones(3, dtype=torch.int64), 2)
    value.backward()
    assert value.item() == 0
    assert torch.equal(z_v.grad, torch.zeros_like(z_v))


def test_equal_halves_have_no_discrepancy():
    z, _, y, _, classes = batch(5, 16, 1, 6, 3)
    assert lmmd(z, z.clone(), y, y, classes).item() == pytest.approx(0, abs=1e-12)


def test_a_batch_of_one_point_repeated_stays_finite():
    z, y = torch.ones(4, 3, requires_grad=True), torch.zeros(4, dtype=torch.int64)
    lmmd(z, z, y, y, 1).backward()
    assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_closed_gradient_is_that_of_the_slow_double_sum(seed):
    """Central differences of Eq. 8 as it stands, the bandwidth held where the loss has it."""
    z_v, z_a, y_v, y_a, classes = batch(seed, 4, 3, 2, 2)
    b = bandwidth(squared_distances(torch.cat([z_v, z_a])))
    z_v.requires_grad_()
    (3 * lmmd(z_v, z_a, y_v, y_a, classes)).backward()
    step = 1e-5
    for i, j in np.ndindex(4, 2):
        up, down = z_v.detach().clone(), z_v.detach().clone()
        up[i, j] += step
        down[i, j] -= step
        slope = (slow_lmmd(up, z_a, y_v, y_a, classes, b) - slow_lmmd(down, z_a, y_v, y_a, classes, b)) / (2 * step)
        assert z_v.grad[i, j].item() == pytest.approx(3 * slope, rel=1e-5, abs=1e-8)


def test_gradient_with_the_bandwidth_as_an_input():
    z_v, z_a, y_v, y_a, classes = batch(7, 5, 4, 3, 3)
    b = torch.full((1, 1), 1.7, dtype=torch.float64)
    inputs = (z_v.requires_grad_(), z_a.requires_grad_())
    assert torch.autograd.gradcheck(lambda v, a: lmmd(v, a, y_v, y_a, classes, b), inputs)


def test_the_bandwidth_is_the_mean_over_pairs_and_detached():
    x = torch.tensor([[0.0], [1.0], [3.0]], requires_grad=True)
    b = bandwidth(squared_distances(x))
    assert b.item() == pytest.approx((1 + 9 + 4) / 3)
    assert not b.requires_grad


def test_kernel_scales_are_five_powers_of_two():
    assert tuple(2.0**j for j in range(-2, 3)) == KERNEL_SCALES
    distances, b = torch.tensor([[0.0, 3.0], [3.0, 0.0]], dtype=torch.float64), torch.full((1, 1), 1.5).double()
    kernel, slope = gaussian_kernel(distances, b)
    assert kernel[0, 0] == 5
    assert kernel[0, 1].item() == pytest.approx(sum(math.exp(-3 / (s * 1.5)) for s in KERNEL_SCALES))
    assert slope[0, 1].item() == pytest.approx(sum(math.exp(-3 / (s * 1.5)) / s for s in KERNEL_SCALES))


def test_the_objective_is_eq_9():
    z_v, z_a, y_v, y_a, classes = batch(2, 6, 5, 4, 3)
    logits_v, logits_a = torch.randn(6, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)

    def cross_entropy(logits, labels):
        rows = logits.numpy()
        return float(np.mean([math.log(np.exp(r).sum()) - r[y] for r, y in zip(rows, labels.tolist(), strict=True)]))

    layers = [(z_v, z_a), (2 * z_v, z_a)]
    loss = fdan_loss(logits_v, logits_a, layers, y_v, y_a, 0.3)
    ce_v, ce_a = cross_entropy(logits_v, y_v), cross_entropy(logits_a, y_a)
    discrepancy = sum(slow_lmmd(v, a, y_v, y_a, classes) for v, a in layers)
    assert loss.ce_visual.item() == pytest.approx(ce_v)
    assert loss.ce_acoustic.item() == pytest.approx(ce_a)
    assert loss.lmmd.item() == pytest.approx(discrepancy)
    assert loss.total.item() == pytest.approx(ce_a + ce_v + 0.3 * discrepancy)


def test_mmd_is_the_slow_double_sum_over_all_pairs():
    z_v, z_a, *_ = batch(3, 5, 4, 3, 2)
    z = torch.cat([z_v, z_a])
    pairs = [float(((x - y) ** 2).sum()) for x in z for y in z]
    b = sum(pairs) / (9 * 9 - 9)

    def k(x, y):
        return sum(math.exp(-float(((x - y) ** 2).sum()) / (2.0**j * b)) for j in range(-2, 3))

    within = sum(k(x, y) for x in z_v for y in z_v) / 25 + sum(k(x, y) for x in z_a for y in z_a) / 16
    expected = within - 2 * sum(k(x, y) for x in z_v for y in z_a) / 20
    assert float(mmd(z_v, z_a)) == pytest.approx(expected, rel=1e-9)
    assert float(mmd(z_v, z_v)) == pytest.approx(0, abs=1e-12)


def test_mmd_is_lmmd_of_a_single_class_and_so_is_its_gradient():
    z_v, z_a, *_ = batch(4, 5, 4, 3, 2)
    ones = torch.zeros(5, dtype=torch.int64), torch.zeros(4, dtype=torch.int64)
    x = z_v.clone().requires_grad_()
    found, expected = mmd(x, z_a), lmmd(x, z_a, *ones, 1)
    assert found.item() == pytest.approx(expected.item(), rel=1e-12)
    gradients = [torch.autograd.grad(loss, x)[0] for loss in (found, expected)]
    assert torch.allclose(*gradients)
