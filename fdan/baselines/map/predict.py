"""MAP: prompts around an utterance, soft tokens of sound and picture, attention over the prompts, a verbaliser.

In the spirit of Liang, Tu, Du & Xu 2024, Journal of Artificial Intelligence Research 79:825, of which the abstract
alone was read: it names the prompts, the soft tokens that are projected from sound and picture, the attention over the
prompts, and the verbaliser; its setting is few-shot. Chosen here: everything else, and all training utterances. A
language model is asked once and stays frozen, so that soft tokens meet the prompts' states and not its layers; without
one, the states are lexical and nothing in them has read another text.
"""

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from fdan.baselines.map.params import Params
from fdan.baselines.map.prompts import PROMPTS, WORDS
from fdan.data.emotions import Emotion
from fdan.dialogues.samples import Samples
from fdan.dialogues.training import recognise_utterances
from fdan.sequences.inputs import Inputs
from fdan.sequences.methods import Answer, Labelled, Progress
from fdan.text.params import MASK


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


def predict(
    train: Labelled,
    test: Inputs,
    classes: tuple[Emotion, ...],
    params: Params,
    seed: int,
    progress: Progress,
) -> Answer:
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
