"""INCA: features ranked by neighbourhood component analysis, their number chosen in a loop, a cubic SVM.

Tuncer, Dogan, Acharya 2021, Knowledge-Based Systems 211:106547, whose abstract alone was read. Chosen here: the start
of the analysis (all weights equal, a mean distance of 1), its optimiser, the range and the rule of the loop (the best
inner accuracy, the fewest features among equals; features are ranked once), the SVM's cost, that its probabilities are
the softmax of its one-versus-rest scores, and that the number of wavelet levels, which the abstract does not tell, is
that of the best inner accuracy with all features, the fewest among equals. Of MELD's training utterances a part ranks
the features and chooses both numbers: on all of them the loop's SVMs would take hours.
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
    return Answer(probabilities(svm.decision_function(there[:, kept]), svm.classes_, len(classes)), learnt)


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
