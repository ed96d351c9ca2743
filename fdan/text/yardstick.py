"""How far the words alone go: n-grams and logistic regression, which a method that reads text should beat."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64

from fdan.text.lexical import NGrams


def logistic_regression(
    texts: Sequence[str], labels: Int64[np.ndarray, " n"], test_texts: Sequence[str], classes: int
) -> tuple[Float64[np.ndarray, "m c"], int]:
    """Class probabilities of the test texts: `NGrams`, L2-penalised multinomial regression (C = 1).

    And how many weights it learnt.

    Nothing is chosen: these are scikit-learn's defaults.

    Args:
        texts: of the training utterances.
        labels: their classes, as places.
        test_texts: what is asked for.
        classes: how many there are; one without training texts has probability 0.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    ngrams = NGrams(texts)
    with threadpool_limits(1):  # the last bits depend on the number of threads
        model = LogisticRegression(max_iter=500).fit(ngrams(texts), labels)
        found = model.predict_proba(ngrams(test_texts))
    probabilities = np.zeros((len(test_texts), classes))
    probabilities[:, model.classes_] = found
    return probabilities, model.coef_.size + model.intercept_.size
