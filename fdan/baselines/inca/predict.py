"""INCA: features ranked by neighbourhood component analysis, their number chosen in a loop, a cubic SVM.

Tuncer, Dogan, Acharya 2021, Knowledge-Based Systems 211:106547, whose abstract alone was read. Chosen here: the start
of the analysis (all weights equal, a mean distance of 1), its optimiser, the range and the rule of the loop (the best
inner accuracy, the fewest features among equals; features are ranked once, on all training utterances), the SVM's
cost, and that its probabilities are the softmax of its one-versus-rest scores.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from fdan.baselines.inca.params import Params
from fdan.data.emotions import Emotion
from fdan.sequences.folds import stratified_folds
from fdan.sequences.inputs import Inputs
from fdan.sequences.methods import Answer, Labelled, Progress


def predict(
    train: Labelled,
    test: Inputs,
    classes: tuple[Emotion, ...],
    params: Params,
    seed: int,
    progress: Progress,
) -> Answer:
    """Scale, rank, choose and fit on the training utterances; recognise the test utterances."""
    x = train.inputs.stack("patterns")[:, 0].astype(np.float64)
    low, span = x.min(axis=0), np.ptp(x, axis=0)
    span[span == 0] = 1.0
    x = (x - low) / span
    order = rank(x, train.labels, params, seed)
    kept = order[: choose(x[:, order], train.labels, params, seed, progress)]
    svm = _svm(params).fit(x[:, kept], train.labels)
    there = (test.stack("patterns")[:, 0].astype(np.float64) - low) / span
    learnt = x.shape[1] + svm.dual_coef_.size + svm.intercept_.size  # the analysis' weights, and the SVM's
    return Answer(probabilities(svm.decision_function(there[:, kept]), svm.classes_, len(classes)), learnt)


def rank(
    x: Float64[np.ndarray, "n p"], labels: Int64[np.ndarray, " n"], params: Params, seed: int
) -> Int64[np.ndarray, " p"]:
    """The features by falling weight; the first of equals first."""
    some = np.flatnonzero(stratified_folds(labels, -(-len(labels) // params.ranked_by), seed) == 0)
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
    folds = stratified_folds(labels, params.folds, seed)
    best, chosen = -1, fewest
    for count in progress(range(fewest, most + 1, params.step)):
        right = 0
        for fold in range(params.folds):
            held_out = folds == fold
            svm = _svm(params).fit(x[~held_out, :count], labels[~held_out])
            right += int((svm.predict(x[held_out, :count]) == labels[held_out]).sum())
        if right > best:
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
