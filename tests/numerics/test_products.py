import pytest
import torch

from fdan.numerics.products import inner


def draw(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize("stack", [(), (1,), (3,)])
def test_it_is_the_inner_product_of_rows(stack):
    a, b = draw(*stack, 5, 4), draw(*stack, 3, 4, seed=1)
    expected = (a[..., :, None, :] * b[..., None, :, :]).sum(-1)
    assert torch.allclose(inner(a, b), expected, atol=1e-12)


def test_its_gradients_are_right():
    inputs = draw(2, 5, 4).requires_grad_(), draw(2, 3, 4, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(inner, inputs)


@pytest.mark.parametrize("n", [1, 7, 32, 64])
def test_views_are_multiplied_as_copies_of_them_would_be(n):
    """Transposed, sliced and stacked tensors, forwards and backwards, to the bit."""
    whole = draw(3, n, 512, dtype=torch.float32)
    for a, b in ((whole[..., :256], whole[..., 256:]), (whole.mT, draw(3, 16, n, dtype=torch.float32))):
        copies = a.contiguous(), b.contiguous()
        assert torch.equal(inner(a, b), inner(*copies))


def test_a_matrix_s_product_does_not_depend_on_its_neighbours():
    a, b = draw(4, 32, 256, dtype=torch.float32), draw(4, 64, 256, dtype=torch.float32, seed=1)
    assert torch.equal(inner(a, b)[2:3], inner(a[2:3], b[2:3]))


@torch.inference_mode()
def test_in_inference_a_row_s_bits_do_not_depend_on_its_place():
    a, b = draw(1, 67, 256, dtype=torch.float32), draw(1, 333, 256, dtype=torch.float32, seed=1)
    order = torch.randperm(67, generator=torch.Generator().manual_seed(2))
    assert torch.equal(inner(a[:, order], b), inner(a, b)[:, order])
    assert torch.equal(inner(a[:, 5:6], b), inner(a, b)[:, 5:6])
    assert torch.allclose(inner(a, b), a @ b.mT, atol=1e-4)


def test_only_what_is_asked_for_gets_a_gradient():
    a, b = draw(2, 3), draw(4, 3).requires_grad_()
    inner(a, b).sum().backward()
    assert a.grad is None
    assert b.grad.shape == b.shape


def test_an_exported_program_multiplies_by_torch():
    class Product(torch.nn.Module):
        def forward(self, a, b):
            return inner(a, b)

    program = torch.export.export(Product(), (draw(2, 3), draw(4, 3)))
    assert "matmul" in str(program.graph)
    assert torch.allclose(program.module()(draw(2, 3), draw(4, 3)), draw(2, 3) @ draw(4, 3).mT)
