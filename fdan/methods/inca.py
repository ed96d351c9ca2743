"""INCA: features ranked by neighbourhood component analysis, their number chosen in a loop, a cubic SVM.

Tuncer, Dogan, Acharya 2021, Knowledge-Based Systems 211:106547, whose abstract alone was read. Chosen here: the start
of the analysis (all weights equal, a mean distance of 1), its optimiser, the range and the rule of the loop (the best
inner accuracy, the fewest features among equals; features are ranked once), the SVM's cost, that its probabilities are
the softmax of its one-versus-rest scores, and that the number of wavelet levels, which the abstract does not tell, is
that of the best inner accuracy with all features, the fewest among equals. Of MELD's training utterances a part ranks
the features and chooses both numbers: on all of them the loop's SVMs would take hours.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
from annotated_types import Ge, Gt, MinLen
from jaxtyping import Bool, Complex128, Float, Float32, Float64, Int64
from torch import Tensor

from fdan.methods.corpus import Corpus
from fdan.methods.inputs import Inputs
from fdan.methods.running import Answer, Classes, Labelled, Progress, stratified_folds
from fdan.methods.sounds import Reading, centred
from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class InputParams:
    """Section ``methods.inca.inputs`` of params.yaml.

    Attributes:
        shortest: a shorter sound is padded with silence to so many samples, half of it before.
        q_factor: Q of the wavelet transform: oscillations of a wavelet.
        redundancy: r of the transform: coefficients per sample, for many levels.
        levels: numbers of levels J that may be chosen, rising; J levels give J + 1 sub-bands.
    """

    shortest: Annotated[int, Ge(16)]
    q_factor: Annotated[float, Ge(1)]
    redundancy: Annotated[float, Gt(1)]
    levels: Annotated[tuple[Annotated[int, Ge(1)], ...], MinLen(1)]

    def __post_init__(self) -> None:
        if list(self.levels) != sorted(set(self.levels)):
            raise ValueError(f"levels {list(self.levels)} must rise")


@dataclass(frozen=True)
class Params:
    """Section ``methods.inca`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        ranked_by: at most so many training utterances rank the features and choose levels and number; the cost
            grows with their square.
        iterations: of L-BFGS, at most.
        regularisation: of the squared weights, times the number of utterances that rank.
        fewest: features that the loop begins with.
        most: features that it ends with, at most.
        step: from one number of features to the next.
        folds: of the inner cross-validation that chooses the levels and the number.
        cost: C of the SVM.
        seeds: one run each; a seed decides the folds, and who ranks where there are more than `ranked_by`.
    """

    inputs: InputParams
    ranked_by: Annotated[int, Ge(2)]
    iterations: Annotated[int, Ge(1)]
    regularisation: Annotated[float, Ge(0)]
    fewest: Annotated[int, Ge(1)]
    most: Annotated[int, Ge(1)]
    step: Annotated[int, Ge(1)]
    folds: Annotated[int, Ge(2)]
    cost: Annotated[float, Gt(0)]
    seeds: Seeds


BLOCK = 16

TWINE = tuple(place for pair in zip(range(8, BLOCK), range(8), strict=True) for place in pair)
"""The permutation of a block: its second half and its first by turns, 8 0 9 1 ... 15 7; no sample stays in place."""


def read(samples: Float32[np.ndarray, " n"], sample_rate: int, params: InputParams) -> Reading:
    """The patterns of all sub-bands of one sound, the highest band first, and of what is left below them.

    The bands of fewer levels are the first ones of more levels.
    """
    x = centred(samples, max(len(samples), params.shortest)).astype(np.float64)
    several = [analyse(x, params.q_factor, params.redundancy, levels) for levels in params.levels]
    bands = np.concatenate([patterns(band) for band in several[-1][:-1]])[None]
    residues = np.stack([patterns(bands[-1]) for bands in several])
    return {"bands": bands.astype(np.float32), "residues": residues.astype(np.float32)}, {}


def inputs(corpus: Corpus, heard: Inputs, params: InputParams) -> Inputs:
    """Return ``bands`` [1, 512 max(levels)] and, after each of k ``levels``, ``residues`` [k, 512]."""
    return heard


def patterns(band: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, "512"]:
    """Two histograms of 256 bins, each of sum 1: how often each code occurs among the blocks of a band.

    A block b of 16 samples is compared with its shuffled self: bit i is ``b[i] >= b[TWINE[i]]``. The first eight
    bits are one code, the last eight another, the first bit the most significant. Less than one block is padded
    with silence.
    """
    blocks = np.lib.stride_tricks.sliding_window_view(np.pad(band, (0, max(0, BLOCK - len(band)))), BLOCK)
    codes = np.packbits(blocks >= blocks[:, TWINE], axis=1)
    return np.concatenate([np.bincount(code, minlength=256) / len(codes) for code in codes.T])


def analyse(
    x: Float64[np.ndarray, " n"], q_factor: float, redundancy: float, levels: int
) -> list[Float64[np.ndarray, " _"]]:
    """The sub-bands of a signal, the highest first, the low-pass residue last: a tight frame with bound 1.

    A signal of odd length gets one zero more.

    Raises:
        ValueError: the signal is too short for so many levels.
    """
    spectrum = np.fft.rfft(np.pad(x, (0, len(x) % 2)), norm="ortho")
    bands = []
    for low, high in _lengths(len(x) + len(x) % 2, q_factor, redundancy, levels):
        narrow, band = _split(spectrum, low, high)
        bands.append(np.fft.irfft(band, high, norm="ortho"))
        spectrum = narrow
    return [*bands, np.fft.irfft(spectrum, 2 * (len(spectrum) - 1), norm="ortho")]


def synthesise(
    bands: list[Float64[np.ndarray, " _"]], n: int, q_factor: float, redundancy: float
) -> Float64[np.ndarray, " n"]:
    """The signal of n samples that `analyse` gave these sub-bands of, exactly."""
    even = n + n % 2
    lengths = _lengths(even, q_factor, redundancy, len(bands) - 1)
    wider = [even, *(low for low, _ in lengths)]
    spectrum = np.fft.rfft(bands[-1], norm="ortho")
    for band, width, (low, high) in reversed(list(zip(bands[:-1], wider[:-1], lengths, strict=True))):
        spectrum = _join(spectrum, np.fft.rfft(band, norm="ortho"), width, low, high)
    return np.fft.irfft(spectrum, even, norm="ortho")[:n]


def _lengths(n: int, q_factor: float, redundancy: float, levels: int) -> list[tuple[int, int]]:
    """Even lengths of the low-pass and the high-pass channel at each level, for a signal of even length n.

    The high-pass channel is scaled by ``beta = 2 / (Q + 1)``, the low-pass channel by ``alpha = 1 - beta / r``.
    """
    beta = 2 / (q_factor + 1)
    alpha = 1 - beta / redundancy
    found, width = [], n
    for level in range(1, levels + 1):
        low, high = 2 * round(alpha**level * n / 2), 2 * round(beta * alpha ** (level - 1) * n / 2)
        high = min(high, width)
        if low < 4 or low >= width or low + high < width + 2:
            raise ValueError(f"{n} samples are too few for {levels} levels")
        found.append((low, high))
        width = low
    return found


def _transition(width: int, low: int, high: int) -> tuple[int, Float64[np.ndarray, " t"]]:
    """The last bin that is in the low-pass channel alone, and the low-pass gains of the bins that both share.

    The gain is Daubechies' ``(1 + cos v) sqrt(2 - cos v) / 2``; read backwards it is the high-pass gain, and both
    squares sum to 1.
    """
    shared = (low + high - width) // 2 - 1
    cosine = np.cos(np.pi * np.arange(1, shared + 1) / (shared + 1))
    return (width - high) // 2, (1 + cosine) * np.sqrt(2 - cosine) / 2


def _split(
    spectrum: Complex128[np.ndarray, " _"], low: int, high: int
) -> tuple[Complex128[np.ndarray, " _"], Complex128[np.ndarray, " _"]]:
    """The half spectra of the two channels."""
    last, gain = _transition(2 * (len(spectrum) - 1), low, high)
    shared = slice(last + 1, low // 2)
    narrow = spectrum[: low // 2 + 1].copy()
    narrow[shared] *= gain
    narrow[-1] = 0
    band = spectrum[last:].copy()
    band[0] = 0
    band[1 : len(gain) + 1] *= gain[::-1]
    return narrow, band


def _join(
    narrow: Complex128[np.ndarray, " _"], band: Complex128[np.ndarray, " _"], width: int, low: int, high: int
) -> Complex128[np.ndarray, " _"]:
    """The spectrum whose channels these are."""
    last, gain = _transition(width, low, high)
    spectrum = np.zeros(width // 2 + 1, dtype=np.complex128)
    spectrum[: last + 1] = narrow[: last + 1]
    spectrum[last + 1 : low // 2] = narrow[last + 1 : low // 2] * gain
    spectrum[last + 1 : low // 2] += band[1 : len(gain) + 1] * gain[::-1]
    spectrum[low // 2 :] = band[len(gain) + 1 :]
    return spectrum


def predict(train: Labelled, test: Inputs, classes: Classes, params: Params, seed: int, progress: Progress) -> Answer:
    """Scale, rank, choose and fit on the training utterances; recognise the test utterances."""
    levels = choose_levels(train, params, seed)
    x = of_levels(train.inputs, params, levels)
    low, span = x.min(axis=0), np.ptp(x, axis=0)
    span[span == 0] = 1.0
    x = (x - low) / span
    order = rank(x, train.labels, params, seed)
    some = ranking(train.labels, params, seed)
    kept = order[: choose(x[some][:, order], train.labels[some], params, seed, progress)]
    svm = _svm(params).fit(x[:, kept], train.labels)
    there = (of_levels(test, params, levels) - low) / span
    learnt = x.shape[1] + svm.dual_coef_.size + svm.intercept_.size  # the analysis' weights, and the SVM's
    found, own = (
        probabilities(svm.decision_function(some[:, kept]), svm.classes_, len(classes)) for some in (there, x)
    )
    return Answer(found, learnt, own)


def of_levels(inputs: Inputs, params: Params, levels: int) -> Float64[np.ndarray, "n p"]:
    """The patterns of the sub-bands that a number of levels gives."""
    bands, residues = inputs.stack("bands")[:, 0], inputs.stack("residues")
    width = levels * residues.shape[2]
    return np.hstack([bands[:, :width], residues[:, params.inputs.levels.index(levels)]]).astype(np.float64)


def choose_levels(train: Labelled, params: Params, seed: int) -> int:
    """The number of levels whose patterns, all of them, give the best accuracy in cross-validation; fewest of equals.

    On those utterances that rank the features.
    """
    if len(params.inputs.levels) == 1:
        return params.inputs.levels[0]
    some = ranking(train.labels, params, seed)
    few = train.inputs.at(some.tolist())
    right = [inner_accuracy(of_levels(few, params, j), train.labels[some], params, seed) for j in params.inputs.levels]
    return params.inputs.levels[int(np.argmax(right))]


def ranking(labels: Int64[np.ndarray, " n"], params: Params, seed: int) -> Int64[np.ndarray, " m"]:
    """The places of at most about `ranked_by` utterances of all classes."""
    return np.flatnonzero(stratified_folds(labels, -(-len(labels) // params.ranked_by), seed) == 0)


def inner_accuracy(x: Float64[np.ndarray, "n p"], labels: Int64[np.ndarray, " n"], params: Params, seed: int) -> int:
    """How many utterances an SVM recognises that was fitted to the other folds."""
    folds = stratified_folds(labels, params.folds, seed)
    right = 0
    for held_out in (folds == fold for fold in range(params.folds)):
        svm = _svm(params).fit(x[~held_out], labels[~held_out])
        right += int((svm.predict(x[held_out]) == labels[held_out]).sum())
    return right


def rank(
    x: Float64[np.ndarray, "n p"], labels: Int64[np.ndarray, " n"], params: Params, seed: int
) -> Int64[np.ndarray, " p"]:
    """The features by falling weight; the first of equals first."""
    some = ranking(labels, params, seed)
    weights = neighbourhood_weights(x[some], labels[some], params.regularisation / len(some), params.iterations)
    return np.argsort(-(weights**2), kind="stable")


def neighbourhood_weights(
    x: Float64[np.ndarray, "n p"], labels: Int64[np.ndarray, " n"], regularisation: float, iterations: int
) -> Float64[np.ndarray, " p"]:
    """The weights of `objective` that L-BFGS finds."""
    values, y = torch.from_numpy(x), torch.from_numpy(labels)
    mean = float((2 * (values - values.mean(dim=0)).abs()).sum(dim=1).mean())  # about the mean distance of a pair
    weights = torch.full((x.shape[1],), max(mean, 1e-12) ** -0.5, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=iterations, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = -objective(weights, values, y[:, None] == y, regularisation)
        loss.backward()
        return loss

    optimiser.step(closure)
    return weights.detach().numpy()


def objective(
    weights: Float[Tensor, " p"], x: Float[Tensor, "n p"], same: Bool[Tensor, "n n"], regularisation: float
) -> Float[Tensor, ""]:
    """How many utterances a random neighbour classifies, leave-one-out, less a penalty: to be maximised.

    ``1/n sum_i sum_{j != i} p_ij [y_i = y_j] - lambda sum_r w_r^2`` with ``p_ij`` the softmax over j != i of ``-d_ij``
    and ``d_ij = sum_r w_r^2 |x_ir - x_jr|`` (Yang, Wang, Zuo 2012, Journal of Computers 7(1):161).
    """
    scaled = x * weights**2
    distances = torch.cdist(scaled, scaled, p=1)
    itself = torch.eye(len(x), dtype=torch.bool)
    neighbours = torch.softmax((-distances).masked_fill(itself, -torch.inf), dim=1)
    return (neighbours * same).sum(dim=1).mean() - regularisation * (weights**2).sum()


def choose(
    x: Float64[np.ndarray, "n p"], labels: Int64[np.ndarray, " n"], params: Params, seed: int, progress: Progress
) -> int:
    """How many of the ranked features give the best accuracy in cross-validation; the fewest of equals."""
    most = min(params.most, int(x.shape[1]))
    fewest = min(params.fewest, most)
    best, chosen = -1, fewest
    for count in progress(range(fewest, most + 1, params.step)):
        if (right := inner_accuracy(x[:, :count], labels, params, seed)) > best:
            best, chosen = right, count
    return chosen


def probabilities(
    scores: Float64[np.ndarray, "n *d"], known: Int64[np.ndarray, " d"], classes: int
) -> Float64[np.ndarray, "n c"]:
    """Softmax of the scores; two classes share one score, a class that nothing was learnt of has probability 0."""
    if scores.ndim == 1:
        scores = np.stack([-scores, scores], axis=1)
    values = np.zeros((len(scores), classes))
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    values[:, known] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return values


def _svm(params: Params) -> Any:
    from sklearn.svm import SVC

    return SVC(C=params.cost, kernel="poly", degree=3, gamma="scale", coef0=1.0)
