"""MAP: prompts around an utterance, soft tokens of sound and picture, attention over the prompts, a verbaliser.

Inspired by Liang, Tu, Du & Xu 2024, Journal of Artificial Intelligence Research 79:825, of which the abstract
alone was read: it names the prompts, the soft tokens that are projected from sound and picture, the attention over the
prompts, and the verbaliser; its setting is few-shot. Chosen here: everything else, and all training utterances. A
language model is asked once and stays frozen, so that soft tokens meet the prompts' states and not its layers; without
one, the states are lexical and nothing in them has read another text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import torch
from annotated_types import Ge
from jaxtyping import Float, Int64
from torch import Tensor, nn

from fdan.data.emotions import Emotion
from fdan.methods.corpus import NO_TRANSCRIPT, Corpus, through
from fdan.methods.inputs import Inputs
from fdan.methods.params import ContextParams, LearningParams
from fdan.methods.running import Answer, Classes, Labelled, Progress
from fdan.methods.samples import Samples, threads
from fdan.methods.text import MASK
from fdan.methods.training import recognise_utterances


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``methods.map`` of params.yaml.

    Attributes:
        inputs: what is read of a corpus; prompts need text.
        width: d, of the prompts' states and the soft tokens.
        heads: of the attention; they divide the width.
        soft_tokens: made of each other modality.
        text_width: numbers per prompt of the lexical encoder; a pretrained one has its own.
    """

    inputs: ContextParams
    width: Annotated[int, Ge(1)]
    heads: Annotated[int, Ge(1)]
    soft_tokens: Annotated[int, Ge(1)]
    text_width: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads, {self.heads}")


PROMPTS = {
    "alone": f'"{{text}}" I feel {MASK}.',
    "speaker": f'{{speaker}} says: "{{text}}" {{speaker}} is {MASK}.',
    "before": f'"{{before}}" Then: "{{text}}" The second one feels {MASK}.',
    "after": f'"{{text}}" Then: "{{after}}" The first one feels {MASK}.',
    "own": f'{{speaker}} said: "{{own}}" Now: "{{text}}" Now {{speaker}} feels {MASK}.',
    "around": f'"{{before}}" "{{text}}" "{{after}}" In the middle somebody is {MASK}.',
}
"""What surrounds the utterance: nothing, its speaker, the one before, the one after, the speaker's last one, both."""

WORDS = {
    Emotion.ANGER: ("angry", "furious", "annoyed"),
    Emotion.DISGUST: ("disgusted", "sick", "revolted"),
    Emotion.FEAR: ("afraid", "scared", "worried"),
    Emotion.HAPPINESS: ("happy", "glad", "excited"),
    Emotion.NEUTRAL: ("calm", "fine", "neutral"),
    Emotion.SADNESS: ("sad", "sorry", "unhappy"),
    Emotion.SURPRISE: ("surprised", "amazed", "shocked"),
}
"""The verbaliser: what a prompt's gap is filled with, equally many for each emotion."""


def prompts(inputs: Inputs, dialogues: Sequence[Sequence[int]]) -> dict[str, tuple[str, ...]]:
    """Each prompt of every utterance; what is not known of it is empty in them.

    Args:
        inputs: texts and speakers.
        dialogues: the rows of each in order.
    """
    texts, speakers = inputs.texts["text"], inputs.texts["speaker"]
    made = {name: [""] * len(inputs) for name in PROMPTS}
    for thread in dialogues:
        last: dict[str, str] = {}
        for place, row in enumerate(thread):
            around = {
                "text": texts[row],
                "speaker": speakers[row] or "Somebody",
                "before": texts[thread[place - 1]] if place else "",
                "after": texts[thread[place + 1]] if place + 1 < len(thread) else "",
                "own": last.get(speakers[row], ""),
            }
            last[speakers[row]] = texts[row]
            for name, prompt in PROMPTS.items():
                made[name][row] = prompt.format(**around)
    return {name: tuple(values) for name, values in made.items()}


def inputs(corpus: Corpus, heard: None, params: ContextParams) -> Inputs:
    """The prompts as texts, ``acoustic`` and ``visual`` [1, p]; and where an encoder is named, what it says of them.

    That is, of each of the six prompts, ``prompts`` [6, p], the state in its gap, and ``words`` [6, w], how well each
    emotion word's embedding fits it: their product, by the root of p.
    """
    found = corpus.context(params.modalities)
    if not any(found.texts["text"]):
        return Inputs((), missing=NO_TRANSCRIPT)
    made = prompts(found, threads(found))
    found = replace(found, texts={**found.texts, **made})
    if encoder := corpus.pretrained:
        columns = [through(encoder.mask, made[name], f"prompts {corpus.name} {name}") for name in PROMPTS]
        states = tuple(np.concatenate(rows) for rows in zip(*columns, strict=True))
        words = encoder.words([word for several in WORDS.values() for word in several])
        fits = tuple(np.asarray(s @ words.T / np.sqrt(words.shape[1]), np.float32) for s in states)
        found = replace(found, arrays={**found.arrays, "prompts": states, "words": fits})
    return found


class MAP(nn.Module):
    """``[s'; u'] = Transformer([P s; u])``, ``a = softmax_i(q . s'_i)``, ``z = sum_i a_i s'_i``.

    where s are the six prompts' states and u the soft tokens ``U_m x_m``. An emotion's logit is the log of the sum over
    its words w of ``exp(v_w . z + beta sum_i a_i f_iw)``, f being how well the word fits prompt i to a language model.
    """

    def __init__(self, text: int, features: dict[str, int], classes: int, params: Params) -> None:
        super().__init__()
        d, self.soft_tokens = params.width, params.soft_tokens
        self.project = nn.Linear(text, d)
        self.place = nn.Parameter(torch.zeros(len(PROMPTS), d))
        self.soft = nn.ModuleDict({m: nn.Linear(p, params.soft_tokens * d) for m, p in features.items()})
        self.read = nn.TransformerEncoderLayer(
            d, params.heads, 4 * d, params.dropout, "gelu", batch_first=True, norm_first=True
        )
        self.attend = nn.Linear(d, 1, bias=False)
        self.words = nn.Linear(d, classes * len(WORDS[Emotion.NEUTRAL]))
        self.trust = nn.Parameter(torch.ones(()))

    def forward(
        self, states: Float[Tensor, "n k p"], fits: Float[Tensor, "n k w"], features: dict[str, Tensor]
    ) -> Float[Tensor, "n c"]:
        """Logits of utterances: their prompts' states, the words' fit, and a vector [n, p] of each other modality."""
        tokens = [self.project(states) + self.place]
        tokens += [self.soft[m](x).unflatten(1, (self.soft_tokens, -1)) for m, x in features.items()]
        read = self.read(torch.cat(tokens, dim=1))[:, : states.shape[1]]
        weights = torch.softmax(self.attend(read), dim=1)
        words: Tensor = self.words((weights * read).sum(dim=1)) + self.trust * (weights * fits).sum(dim=1)
        return torch.logsumexp(words.unflatten(1, (-1, len(WORDS[Emotion.NEUTRAL]))), dim=2)


def predict(train: Labelled, test: Inputs, classes: Classes, params: Params, seed: int, progress: Progress) -> Answer:
    """Train on the training utterances and recognise the test utterances one by one."""
    samples = Samples.of(train, test)
    features = {m: samples.vectors(m) for m in ("acoustic", "visual") if m in samples.inputs.arrays}
    states, fits = _prompts(samples, classes, params.text_width)

    def ask(network: nn.Module, rows: Int64[Tensor, " b"]) -> Float[Tensor, "b c"]:
        found: Tensor = network(states[rows], fits[rows], {m: x[rows] for m, x in features.items()})
        return found

    def build() -> nn.Module:
        return MAP(states.shape[2], {m: x.shape[1] for m, x in features.items()}, len(classes), params)

    return recognise_utterances(build, ask, samples, params, seed, progress)


def _prompts(
    samples: Samples, classes: tuple[Emotion, ...], width: int
) -> tuple[Float[Tensor, "n k p"], Float[Tensor, "n k w"]]:
    """The six prompts' states, standardised over all six, and how well the words of these classes fit them."""
    wanted = [place for place, emotion in enumerate(e for e in WORDS for _ in WORDS[e]) if emotion in classes]
    if "prompts" in samples.inputs.arrays:
        states, fits = (torch.stack(samples.steps(samples.inputs.arrays[n]).values) for n in ("prompts", "words"))
        return states, fits[..., wanted]
    lexical = samples.lexical(width)
    rows = [lexical([prompt.replace(MASK, "") for prompt in samples.inputs.texts[name]]) for name in PROMPTS]
    states = torch.stack(samples.steps(list(np.stack(rows, axis=1))).values)
    return states, torch.zeros(len(states), len(PROMPTS), len(wanted))
