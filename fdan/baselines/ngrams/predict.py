"""The yardstick of text as a row of its own: what a method that reads text should beat on the same split."""

from fdan.baselines.ngrams.params import Params
from fdan.data.emotions import Emotion
from fdan.sequences.inputs import Inputs
from fdan.sequences.methods import Answer, Labelled, Progress
from fdan.text.yardstick import logistic_regression


def predict(
    train: Labelled,
    test: Inputs,
    classes: tuple[Emotion, ...],
    params: Params,
    seed: int,
    progress: Progress,
) -> Answer:
    """Fit `logistic_regression` to the training transcripts and recognise the test transcripts."""
    return Answer(*logistic_regression(train.inputs.texts["text"], train.labels, test.texts["text"], len(classes)))
