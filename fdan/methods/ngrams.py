"""How far the words alone go: n-grams and logistic regression, which a method that reads text should beat.

Nothing is chosen: C = 1 and the L2 penalty are scikit-learn's defaults. A row of its own, but none of the paper's.
"""

from dataclasses import dataclass

import numpy as np

from fdan.methods.corpus import NO_TRANSCRIPT, Corpus
from fdan.methods.inputs import Inputs
from fdan.methods.params import ContextParams
from fdan.methods.running import Answer, Classes, Labelled, Progress
from fdan.methods.text import NGrams
from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class Params:
    """Section ``methods.ngrams`` of params.yaml.

    Attributes:
        inputs: what is read of a corpus: text.
        seeds: one, since nothing is random.
    """

    inputs: ContextParams
    seeds: Seeds


def inputs(corpus: Corpus, heard: None, params: ContextParams) -> Inputs:
    """Return the text of every utterance; a dialogue around it is not looked at."""
    found = corpus.texts()
    return found if any(found.texts["text"]) else Inputs((), missing=NO_TRANSCRIPT)


def predict(train: Labelled, test: Inputs, classes: Classes, params: Params, seed: int, progress: Progress) -> Answer:
    """Fit a multinomial regression to `NGrams` of the training texts; a class without any has probability 0."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    texts = train.inputs.texts["text"]
    ngrams = NGrams(texts)
    with threadpool_limits(1):  # the last bits depend on the number of threads
        model = LogisticRegression(max_iter=500).fit(ngrams(texts), train.labels)
        found = [model.predict_proba(ngrams(some)) for some in (test.texts["text"], texts)]
    probabilities = [np.zeros((len(some), len(classes))) for some in found]
    for values, some in zip(probabilities, found, strict=True):
        values[:, model.classes_] = some
    return Answer(probabilities[0], model.coef_.size + model.intercept_.size, probabilities[1])
