"""Several networks of one shape trained side by side, with the gradients of Eqs. 2-4 and 9 in closed form.

`fdan.learning.model` and `fdan.learning.losses` say what is computed, autograd would say the same here, slower:
weights and momenta (13 MB a network) are all that passes the caches, no gradient is ever stored. A product that gives
a weight's gradient adds it to the decayed momentum as it goes (``M <- mu M + dY^T X``).
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fdan.learning.losses import domain_weights, quadratic_form
from fdan.learning.model import FDAN

_CHUNK = 1 << 16
"""Weights updated together: with their momenta they stay in a core's own cache between the two passes."""

Weights = Mapping[str, Tensor]
"""Parameter name -> [s, *shape], as in `FDAN.named_parameters`."""


class Terms(NamedTuple):
    """The terms of Eq. 9 for each of s networks."""

    ce_acoustic: Float[Tensor, " s"]
    ce_visual: Float[Tensor, " s"]
    lmmd: Float[Tensor, " s"]


class Norms(NamedTuple):
    """Norms of the gradient of both cross-entropies together, and of LMMD (without alpha), for s networks."""

    ce: Float[Tensor, " s"]
    lmmd: Float[Tensor, " s"]


class Stack:
    """Networks side by side; the networks themselves see every update, their parameters are views.

    Args:
        networks: s of them, of one shape, on one device.
    """

    def __init__(self, networks: Sequence[FDAN]) -> None:
        first = networks[0]
        self.layers = len(first.cross_modal_layers)
        self.attention = first.cross_modal_layers[0].acoustic.attention
        flats = [torch.cat([p.detach().flatten() for p in n.parameters()]) for n in networks]
        self.flat = torch.stack(flats)
        self.momentum = torch.zeros_like(self.flat)
        self.shapes = {name: p.shape for name, p in first.named_parameters()}
        self.w, self.m = self.views(self.flat), self.views(self.momentum)
        for i, network in enumerate(networks):
            for name, parameter in network.named_parameters():
                parameter.data = self.w[name][i]

    def views(self, flat: Float[Tensor, "s p"]) -> dict[str, Tensor]:
        """The parameters that lie in `flat`."""
        found, at = {}, 0
        for name, shape in self.shapes.items():
            found[name] = flat[:, at : at + shape.numel()].unflatten(1, shape)
            at += shape.numel()
        return found

    def step(
        self,
        x_v: Float[Tensor, "s n_v p"],
        x_a: Float[Tensor, "s n_a p"],
        y_v: Int64[Tensor, "s n_v"],
        y_a: Int64[Tensor, "s n_a"],
        alphas: Sequence[float],
        rates: Sequence[float],
        decays: Sequence[float],
        momentum: float,
        sample: bool,
    ) -> tuple[Terms, Norms | None]:
        """One step of SGD on Eq. 9 for every network, each on its own batch.

        ``M <- mu M + g + wd W``, ``W <- W - rate M``: torch's SGD without Nesterov and dampening.

        Args:
            x_v: standardised visual features.
            x_a: standardised acoustic features.
            y_v: class indices of the visual samples.
            y_a: class indices of the acoustic samples.
            alphas: trade-off of each network.
            rates: learning rate of each.
            decays: weight decay of each.
            momentum: mu.
            sample: also measure the two parts of the gradient, at the price of one more backward pass.
        """
        n_v, both = x_v.shape[1], torch.cat([x_v, x_a], dim=1)
        h = self._linear("bottleneck.0", both).relu_()
        z_v, z_a = h[:, :n_v], h[:, n_v:]
        tapes, layers = [], []
        for i in range(self.layers):
            tape = _Layer(self, f"layers.{i}.", z_v, z_a)
            z_v, z_a = tape.out_v, tape.out_a
            tapes.append(tape)
            layers.append(torch.cat([z_v, z_a], dim=1))
        logits = self._linear("classifier", layers[-1])

        ce_v, pull_v = _cross_entropy(logits[:, :n_v], y_v)
        ce_a, pull_a = _cross_entropy(logits[:, n_v:], y_a)
        d_logits = torch.cat([pull_v, pull_a], dim=1)
        m = domain_weights(y_v, y_a, logits.shape[2], logits.dtype)
        values, pulls = zip(*(quadratic_form(z, m) for z in layers), strict=True)
        terms = Terms(ce_a, ce_v, torch.stack(values).sum(dim=0))

        def backward(into: Weights, beta: float, with_ce: bool, scales: Sequence[float]) -> None:
            """Add to ``beta * into`` the gradient of the cross-entropies and of `scales` times LMMD."""
            factor = torch.tensor(scales, dtype=both.dtype, device=both.device)[:, None, None]
            d = factor * pulls[-1]
            if with_ce:
                d += self._linear_back("classifier", d_logits, layers[-1], into, beta)
            for i in reversed(range(self.layers)):
                d = tapes[i].back(d, into, beta)
                if i:
                    d += factor * pulls[i - 1]
            d *= h > 0
            self._weight_back("bottleneck.0", d, both, into, beta)

        norms = None
        if sample:
            # Twice the work, so that the two parts are known; together they are the same gradient.
            ce, lmmd = torch.zeros_like(self.flat), torch.zeros_like(self.flat)
            backward(self.views(ce), 0.0, True, [0.0] * len(alphas))
            backward(self.views(lmmd), 0.0, False, [1.0] * len(alphas))
            norms = Norms(ce.norm(dim=1), lmmd.norm(dim=1))
            self.momentum.mul_(momentum).add_(ce)
            for i, alpha in enumerate(alphas):
                self.momentum[i].add_(lmmd[i], alpha=alpha)
        else:
            backward(self.m, momentum, True, alphas)
        for w, velocity, rate, decay in zip(self.flat, self.momentum, rates, decays, strict=True):
            for w_, velocity_ in zip(w.split(_CHUNK), velocity.split(_CHUNK), strict=True):
                velocity_.add_(w_, alpha=decay)
                w_.add_(velocity_, alpha=-rate)
        return terms, norms

    def _linear(self, name: str, x: Float[Tensor, "s n p"]) -> Float[Tensor, "s n q"]:
        return torch.baddbmm(self.w[f"{name}.bias"][:, None], x, self.w[f"{name}.weight"].mT)

    def _weight_back(
        self, name: str, d: Float[Tensor, "s n q"], x: Float[Tensor, "s n p"], into: Weights, beta: float
    ) -> None:
        into[f"{name}.weight"].baddbmm_(d.mT, x, beta=beta)
        if f"{name}.bias" in into:
            _add(into[f"{name}.bias"], d.sum(dim=1), beta)

    def _linear_back(
        self, name: str, d: Float[Tensor, "s n q"], x: Float[Tensor, "s n p"], into: Weights, beta: float
    ) -> Float[Tensor, "s n p"]:
        self._weight_back(name, d, x, into, beta)
        return torch.bmm(d, self.w[f"{name}.weight"])


def _add(into: Float[Tensor, "s q"], gradient: Float[Tensor, "s q"], beta: float) -> None:
    if beta:
        into.mul_(beta).add_(gradient)
    else:
        into.copy_(gradient)


def _cross_entropy(
    logits: Float[Tensor, "s n c"], y: Int64[Tensor, "s n"]
) -> tuple[Float[Tensor, " s"], Float[Tensor, "s n c"]]:
    """Mean cross-entropy of each network, and its gradient ``(softmax - y) / n``."""
    n, logp = y.shape[1], torch.log_softmax(logits, dim=2)
    place = y[:, :, None]
    minus = torch.full_like(place, -1, dtype=logp.dtype)
    return -logp.gather(2, place)[:, :, 0].mean(dim=1), logp.exp().scatter_add_(2, place, minus).div_(n)


class _Norm:
    """LayerNorm, and what its gradient needs."""

    def __init__(self, stack: Stack, name: str, x: Float[Tensor, "s n d"]) -> None:
        self.stack, self.name, self.x = stack, name, x
        self.scaled, self.mean, self.rsd = torch.native_layer_norm(x, (x.shape[2],), None, None, 1e-5)
        self.out = torch.addcmul(stack.w[f"{name}.bias"][:, None], self.scaled, stack.w[f"{name}.weight"][:, None])

    def back(self, d: Float[Tensor, "s n d"], into: Weights, beta: float) -> Float[Tensor, "s n d"]:
        _add(into[f"{self.name}.weight"], (d * self.scaled).sum(dim=1), beta)
        _add(into[f"{self.name}.bias"], d.sum(dim=1), beta)
        d = d * self.stack.w[f"{self.name}.weight"][:, None]
        shape, only_x = (d.shape[2],), [True, False, False]
        back = torch.ops.aten.native_layer_norm_backward
        gradient: Tensor = back(d, self.x, shape, self.mean, self.rsd, None, None, only_x)[0]
        return gradient


class _Layer:
    """Eqs. 2-4 for both modalities, and what their gradients need."""

    def __init__(self, stack: Stack, name: str, z_v: Float[Tensor, "s n_v d"], z_a: Float[Tensor, "s n_a d"]) -> None:
        self.stack, self.d, self.z = stack, z_v.shape[2], {"visual": z_v, "acoustic": z_a}
        self.names = {side: f"{name}{side}." for side in self.z}
        self.after = dict(self.z)
        if stack.attention:
            qkv = {s: torch.bmm(z, stack.w[self.names[s] + "projections.weight"].mT) for s, z in self.z.items()}
            self.q, self.k, self.v = ({s: p.chunk(3, dim=2)[i] for s, p in qkv.items()} for i in range(3))
            self.share, self.norm1 = {}, {}
            for s, o in (("visual", "acoustic"), ("acoustic", "visual")):
                scores = torch.bmm(self.q[s], self.k[o].mT).div_(math.sqrt(self.d))
                self.share[s] = torch.softmax(scores, dim=2)
                taken = torch.baddbmm(self.z[s], self.share[s], self.v[o])
                self.norm1[s] = _Norm(stack, self.names[s] + "attention_norm", taken)
                self.after[s] = self.norm1[s].out
        self.hidden = {s: stack._linear(self.names[s] + "ffn.0", z) for s, z in self.after.items()}
        self.bent = {s: torch.nn.functional.gelu(h) for s, h in self.hidden.items()}
        self.norm2 = {
            s: _Norm(stack, self.names[s] + "ffn_norm", stack._linear(self.names[s] + "ffn.2", b).add_(self.after[s]))
            for s, b in self.bent.items()
        }
        self.out_v, self.out_a = (self.norm2[s].out for s in self.z)

    def back(self, d: Float[Tensor, "s n d"], into: Weights, beta: float) -> Float[Tensor, "s n d"]:
        stack, n_v = self.stack, self.z["visual"].shape[1]
        grads = {"visual": d[:, :n_v], "acoustic": d[:, n_v:]}
        for s, name in self.names.items():
            g = self.norm2[s].back(grads[s], into, beta)
            d_bent = stack._linear_back(name + "ffn.2", g, self.bent[s], into, beta)
            d_hidden = torch.ops.aten.gelu_backward(d_bent, self.hidden[s])
            grads[s] = stack._linear_back(name + "ffn.0", d_hidden, self.after[s], into, beta).add_(g)
            if stack.attention:
                grads[s] = self.norm1[s].back(grads[s], into, beta)
        if stack.attention:
            d_q, d_k, d_v = {}, {}, {}
            for s, o in (("visual", "acoustic"), ("acoustic", "visual")):
                share = self.share[s]
                d_share = torch.bmm(grads[s], self.v[o].mT)
                d_v[o] = torch.bmm(share.mT, grads[s])
                d_scores = torch._softmax_backward_data(d_share, share, 2, share.dtype).div_(math.sqrt(self.d))
                d_q[s], d_k[o] = torch.bmm(d_scores, self.k[o]), torch.bmm(d_scores.mT, self.q[s])
            for s, name in self.names.items():
                d_qkv = torch.cat([d_q[s], d_k[s], d_v[s]], dim=2)
                into[name + "projections.weight"].baddbmm_(d_qkv.mT, self.z[s], beta=beta)
                grads[s] = torch.baddbmm(grads[s], d_qkv, stack.w[name + "projections.weight"])
        return torch.cat([grads["visual"], grads["acoustic"]], dim=1)
