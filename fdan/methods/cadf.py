"""CADF: convolutions over speech and over text, cross-attention in both directions, fusion with region weights.

After Khan et al. 2024 ("MSER"), Expert Systems with Applications 245:122946, of which the abstract alone was read: it
names the CNN encoders, the multi-head cross-attention and the deep fusion with region weights. Chosen here: everything
else. A region of speech is 16 frames after the pooling, a region of text is a word.
"""

from dataclasses import dataclass, replace
from typing import Annotated

import torch
from annotated_types import Ge
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from fdan.methods.corpus import NO_TRANSCRIPT, Corpus, through
from fdan.methods.inputs import Inputs
from fdan.methods.params import LearningParams, LogMelParams
from fdan.methods.running import Answer, Classes, Labelled, Progress
from fdan.methods.samples import Samples
from fdan.methods.sounds import read_log_mel
from fdan.methods.training import AttentionPooling, mean_over_steps, recognise_utterances


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``methods.cadf`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        width: d, of the regions of speech and text.
        heads: of the cross-attention; they divide the width.
        frames: of an utterance that are read at most.
        words: of an utterance that are read at most; pieces of words of a pretrained encoder.
        text_width: numbers per word of the lexical encoder; a pretrained one has its own.
    """

    inputs: LogMelParams
    width: Annotated[int, Ge(1)]
    heads: Annotated[int, Ge(1)]
    frames: Annotated[int, Ge(16)]
    words: Annotated[int, Ge(1)]
    text_width: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads, {self.heads}")


read = read_log_mel


def inputs(corpus: Corpus, heard: Inputs, params: LogMelParams) -> Inputs:
    """Return ``mel`` [1 + samples // hop_length, n_mels], the text, and ``tokens`` [t, p] of a pretrained encoder."""
    said = corpus.texts(heard.utterances)
    if not any(said.texts["text"]):
        return Inputs((), missing=NO_TRANSCRIPT)
    encoder = corpus.pretrained
    tokens = {"tokens": through(encoder.tokens, said.texts["text"], f"texts {corpus.name}")} if encoder else {}
    return replace(said, arrays={**heard.arrays, **tokens})


POOLED = 4
"""Frames that a pooling layer makes one; there are two."""


class CADF(nn.Module):
    """``A' = LN(A + MHA(A, T, T))``, ``T' = LN(T + MHA(T, A, A))``, ``r = [A'; T']``, ``g = sum_i w_i r_i``.

    where A and T are the regions of speech and text, ``w = softmax_i(v . tanh(W r_i))``; the logits are a network of
    one hidden layer over g and the plain means of A' and T'.
    """

    def __init__(self, bands: int, token: int, classes: int, params: Params) -> None:
        super().__init__()
        d, heads, drop = params.width, params.heads, params.dropout
        self.speech = nn.ModuleList(nn.Conv1d(p, d, kernel_size=5, padding=2) for p in (bands, d))
        self.text = nn.Conv1d(token, d, kernel_size=3, padding=1)
        self.to_text, self.to_speech = (nn.MultiheadAttention(d, heads, drop, batch_first=True) for _ in range(2))
        self.norm_speech, self.norm_text = nn.LayerNorm(d), nn.LayerNorm(d)
        self.fuse = AttentionPooling(d)
        self.classify = nn.Sequential(nn.Linear(3 * d, d), nn.ReLU(), nn.Dropout(drop), nn.Linear(d, classes))
        self.dropout = nn.Dropout(drop)

    def forward(
        self,
        mel: Float[Tensor, "n t bands"],
        heard: Bool[Tensor, "n t"],
        tokens: Float[Tensor, "n u p"],
        said: Bool[Tensor, "n u"],
    ) -> Float[Tensor, "n c"]:
        """Logits of utterances: frames and words, and where there are any."""
        a, there = mel.transpose(1, 2), heard[:, None].float()
        for convolve in self.speech:
            a = functional.max_pool1d(torch.relu(convolve(a)) * there, POOLED, ceil_mode=True)
            there = functional.max_pool1d(there, POOLED, ceil_mode=True)
        a, heard = self.dropout(a).transpose(1, 2), there[:, 0] > 0
        t = self.dropout(torch.relu(self.text(tokens.transpose(1, 2))).transpose(1, 2))
        from_text, _ = self.to_text(a, t, t, key_padding_mask=~said, need_weights=False)
        from_speech, _ = self.to_speech(t, a, a, key_padding_mask=~heard, need_weights=False)
        a, t = self.norm_speech(a + from_text), self.norm_text(t + from_speech)
        fused = self.fuse(torch.cat([a, t], dim=1), torch.cat([heard, said], dim=1))
        means = mean_over_steps(a, heard), mean_over_steps(t, said)
        return self.classify(torch.cat([fused, *means], dim=1))  # type: ignore[no-any-return]


def predict(train: Labelled, test: Inputs, classes: Classes, params: Params, seed: int, progress: Progress) -> Answer:
    """Train on the training utterances and recognise the test utterances one by one."""
    samples = Samples.of(train, test)
    mel, tokens = samples.sequences("mel", params.frames), samples.tokens(params.text_width, params.words)

    def ask(network: nn.Module, rows: Int64[Tensor, " b"]) -> Float[Tensor, "b c"]:
        return network(*mel.at(rows), *tokens.at(rows))  # type: ignore[no-any-return]

    def build() -> nn.Module:
        return CADF(mel.width, tokens.width, len(classes), params)

    return recognise_utterances(build, ask, samples, params, seed, progress)
