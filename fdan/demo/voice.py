"""A synthetic voice: glottal pulses and breath through the resonances of a vocal tract (source and filter)."""

from dataclasses import astuple, dataclass

import numpy as np
from jaxtyping import Float32, Float64

from fdan.data.emotions import Emotion

Track = Float64[np.ndarray, " t"]


@dataclass(frozen=True)
class Voice:
    """How a speaker sounds.

    Attributes:
        pitch: usual fundamental frequency in Hz.
        tract: formant frequencies relative to an adult man's; near 1.17 for a woman.
        tempo: syllables per second.
        breath: loudness of the breath relative to the pulses, in [0, 1].
        bright: spectral slope above 500 Hz in dB per octave; negative is dull.
    """

    pitch: float
    tract: float
    tempo: float = 5.0
    breath: float = 0.06
    bright: float = -3.0


@dataclass(frozen=True)
class Manner:
    """How something is said, relative to the speaker's calm voice (all zero).

    Attributes:
        pitch: higher by this many semitones.
        lively: wider accents: their height is 2 ** lively times the usual.
        ending: semitones that the last third rises (negative: falls).
        loud: louder by this many dB.
        fast: more syllables per second, by 2 ** fast.
        bright: more high frequencies, in dB per octave.
        breath: breath louder by 2 ** breath.
        rough: irregular periods, 1 is a creak.
        tremor: waver at 6 Hz, in semitones.
        smile: formants higher by 2 ** smile, as with spread lips.
    """

    pitch: float = 0.0
    lively: float = 0.0
    ending: float = 0.0
    loud: float = 0.0
    fast: float = 0.0
    bright: float = 0.0
    breath: float = 0.0
    rough: float = 0.0
    tremor: float = 0.0
    smile: float = 0.0


FULL: dict[Emotion, Manner] = {
    Emotion.ANGER: Manner(4.0, 0.6, -3.0, 9.0, 0.25, 4.0, -1.0, 0.3, 0.0, 0.0),
    Emotion.DISGUST: Manner(-4.0, -0.3, -4.0, -2.0, -0.5, 0.5, 0.0, 1.2, 0.0, -0.12),
    Emotion.FEAR: Manner(8.0, -0.6, 1.0, -3.0, 0.45, 0.0, 2.0, 0.1, 1.3, 0.03),
    Emotion.HAPPINESS: Manner(4.0, 1.2, 2.0, 4.0, 0.1, 2.0, 0.0, 0.0, 0.0, 0.12),
    Emotion.NEUTRAL: Manner(),
    Emotion.SADNESS: Manner(-3.0, -1.2, -2.0, -9.0, -0.5, -4.0, 1.2, 0.0, 0.2, -0.04),
    Emotion.SURPRISE: Manner(5.0, 1.0, 12.0, 2.0, -0.2, 1.0, 0.4, 0.0, 0.0, 0.0),
}
"""Each emotion at full strength, after what is usually reported of emotional speech."""

_SPREAD = np.array([1.8, 0.4, 2.0, 2.5, 0.15, 0.9, 0.5, 0.2, 0.15, 0.03])
"""What one unit of straying means for each field of `Manner`."""


def act(emotion: Emotion, intensity: float, stray: float, rng: np.random.Generator) -> Manner:
    """The manner of one utterance.

    Args:
        emotion: what is felt.
        intensity: how strongly it shows: 0 is the calm voice, 1 the full manner.
        stray: how far this utterance wanders off, in units of each field's usual spread.
        rng: the utterance's own generator.
    """
    values = intensity * np.array(astuple(FULL[emotion])) + stray * _SPREAD * rng.normal(size=10)
    values[7:9] = np.maximum(values[7:9], 0.0)
    return Manner(*values.tolist())


CONTROL_RATE = 200
"""Control values per second: pitch, loudness, formants."""

_VOWELS = np.array(  # first three formants of a man's a e i o u and schwa, Hz
    [[730, 1090, 2440], [530, 1840, 2480], [290, 2250, 2950], [500, 880, 2540], [320, 870, 2240], [500, 1500, 2500]],
    float,
)
_CONSONANTS = np.array(  # loudness of pulses and of friction, pitch of the friction in Hz
    [[0.00, 0.00, 3000], [0.00, 0.40, 5200], [0.00, 0.30, 3000], [0.35, 0.00, 3000], [0.20, 0.18, 4200]], float
)
_SECONDS = (0.75, 1.8)


@dataclass(frozen=True)
class _Score:
    """The control tracks of an utterance, each at `CONTROL_RATE`."""

    pitch: Track  # Hz
    pulses: Track  # loudness in [0, 1]
    friction: Track  # loudness in [0, 1]
    hiss: Track  # pitch of the friction, Hz
    formants: Float64[np.ndarray, "t 3"]  # Hz


def speak(
    voice: Voice, manner: Manner, rate: int, rng: np.random.Generator
) -> tuple[Float32[np.ndarray, " samples"], Float32[np.ndarray, " t"]]:
    """Say random syllables.

    Args:
        voice: who speaks.
        manner: how.
        rate: samples per second.
        rng: the utterance's own generator.

    Returns:
        The sound, about 0.8 to 2 s with peaks in [-1, 1], its loudness following the manner; and
        how far the mouth is open in [0, 1], `CONTROL_RATE` times per second.
    """
    score = _compose(voice, manner, rng)
    seconds = len(score.pitch) / CONTROL_RATE
    samples = int(seconds * rate)
    clock = np.arange(samples) / rate * CONTROL_RATE
    control = np.arange(len(score.pitch))

    phase = np.cumsum(np.interp(clock, control, score.pitch)) / rate
    turn = phase % 1.0
    # Period by period, the strength varies: shimmer.
    shimmer = 1.0 + (0.04 + 0.3 * manner.rough) * rng.normal(size=int(phase[-1]) + 2).clip(-2, 2)
    pulses = np.interp(clock, control, score.pulses)
    source = _glottis(turn) * shimmer[phase.astype(int)] * pulses
    breath = min(voice.breath * 2.0**manner.breath, 0.6)
    source += 2.0 * breath * pulses * (0.4 + (turn < 0.6)) * rng.normal(size=samples)
    hissing = rng.normal(size=samples) * np.interp(clock, control, score.friction)

    sound = _filter(source, hissing, score, voice, manner, rate)
    level = 10 ** ((-24.0 + manner.loud) / 20)
    sound *= level / np.sqrt(np.mean(sound**2))
    sound = np.tanh(sound)  # a loud peak is rounded, as by a preamplifier
    opening = np.convolve(score.pulses, np.hanning(15) / np.hanning(15).sum(), "same")
    return sound.astype(np.float32), opening.astype(np.float32)


def _compose(voice: Voice, manner: Manner, rng: np.random.Generator) -> _Score:
    """Syllables in time: a consonant, then a vowel; accents and an ending on the pitch."""
    length = 2.0**-manner.fast / voice.tempo
    count = int(np.clip(round(rng.uniform(0.85, 1.5) / length), 3, 12))
    lengths = length * rng.uniform(0.75, 1.25, count)
    lengths[-1] *= 1.35  # phrases slow down at their end
    lengths *= np.clip(lengths.sum(), *_SECONDS) / lengths.sum()
    starts = 0.08 + np.concatenate([[0.0], np.cumsum(lengths)])
    seconds = starts[-1] + 0.10
    time = np.arange(int(seconds * CONTROL_RATE)) / CONTROL_RATE

    consonants = _CONSONANTS[rng.integers(len(_CONSONANTS), size=count)]
    vowels = _VOWELS[rng.integers(len(_VOWELS), size=count)] * rng.normal(1.0, 0.04, (count, 3))
    stress = rng.uniform(0.6, 1.0, count)
    head = starts[:-1] + lengths * rng.uniform(0.25, 0.4, count)
    # Per syllable: consonant begins, consonant ends, vowel begins, vowel ends.
    knots = np.stack([starts[:-1] + 0.005, head - 0.01, head + 0.015, starts[1:] - 0.02], axis=1).ravel()
    calm = np.zeros(count)

    def track(at_consonant: np.ndarray, at_vowel: np.ndarray, edge: float) -> Track:
        values = np.stack([at_consonant, at_consonant, at_vowel, at_vowel * 0.8], axis=1).ravel()
        return np.asarray(np.interp(time, knots, values, left=edge, right=edge))

    pulses = track(consonants[:, 0], stress, 0.0)
    friction = track(consonants[:, 1], calm, 0.0)
    hiss = np.interp(time, starts[:-1], consonants[:, 2])
    middle = (head + starts[1:]) / 2
    formants = np.stack([np.interp(time, middle, vowels[:, k]) for k in range(3)], axis=1)

    span = (time - starts[0]) / (starts[-1] - starts[0])
    accents = stress * (rng.random(count) < 0.6) * 4.0 * 2.0**manner.lively
    bumps = np.exp(-0.5 * ((time[:, None] - middle) / (0.45 * lengths)) ** 2) @ accents
    semitones = manner.pitch + bumps - 3.0 * span + manner.ending * np.clip((span - 0.65) / 0.35, 0, 1.2) ** 1.5
    semitones += manner.tremor * np.sin(2 * np.pi * (rng.uniform(5.5, 6.5) * time + rng.random()))
    wander = np.convolve(rng.normal(size=len(time)), np.ones(3) / 3, "same")
    semitones += (0.15 + 1.6 * manner.rough) * wander
    return _Score(voice.pitch * 2.0 ** (semitones / 12), pulses, friction, hiss, formants)


def _glottis(turn: Float64[np.ndarray, " samples"]) -> Float64[np.ndarray, " samples"]:
    """The derivative of Rosenberg's glottal flow over one turn of the phase in [0, 1)."""
    opening, closing = 0.4, 0.2
    rise = np.sin(np.pi * turn / opening) / opening
    fall = -np.sin(np.pi * (turn - opening) / (2 * closing)) / closing
    flow: Float64[np.ndarray, " samples"] = np.where(
        turn < opening, rise, np.where(turn < opening + closing, fall, 0.0)
    )
    return flow


def _filter(
    source: Float64[np.ndarray, " samples"],
    hissing: Float64[np.ndarray, " samples"],
    score: _Score,
    voice: Voice,
    manner: Manner,
    rate: int,
) -> Float64[np.ndarray, " samples"]:
    """Windowed frames of the source times the response of the tract at that time, added up again."""
    size, hop = 1024, 512
    frames = len(source) // hop + 2
    window = np.hanning(size + 1)[:-1]
    at = (np.arange(frames)[:, None] - 1) * hop + np.arange(size)
    inside = (at >= 0) & (at < len(source))
    at = at.clip(0, len(source) - 1)
    frequency = np.fft.rfftfreq(2 * size, 1 / rate)

    where = (np.arange(frames) * hop / rate * CONTROL_RATE).astype(int).clip(0, len(score.pitch) - 1)
    stretch = voice.tract * 2.0**manner.smile
    higher = np.broadcast_to([3500.0, 4500.0], (frames, 2))
    formants = np.concatenate([score.formants[where], higher], axis=1) * stretch
    response = np.ones((frames, len(frequency)), complex)
    for k, width in enumerate((70, 100, 140, 220, 300)):
        centre = formants[:, k, None]
        response *= centre**2 / (centre**2 - frequency**2 + 1j * frequency * width)
    # Five resonances alone fall off by 60 dB per octave; the tract's higher ones hold the spectrum up.
    response *= (1.0 + (frequency / (4000.0 * stretch)) ** 2) ** 2.2
    octaves = np.log2(np.maximum(frequency, 500.0) / 500.0)
    response *= 10 ** ((voice.bright + manner.bright) * octaves / 20)
    friction = np.exp(-0.5 * ((frequency - score.hiss[where, None] * stretch) / 1400.0) ** 2)

    spectrum = np.fft.rfft(source[at] * inside * window, 2 * size) * response
    spectrum += np.fft.rfft(hissing[at] * inside * window, 2 * size) * friction
    pieces = np.fft.irfft(spectrum, 2 * size)
    sound = np.zeros((frames + 2 * size // hop) * hop)
    for k in range(2 * size // hop):  # overlap-add, one offset of all frames at a time
        sound[k * hop : (k + frames) * hop] += pieces[:, k * hop : (k + 1) * hop].ravel()
    return sound[hop : hop + len(source)]


def add_room(
    sound: Float32[np.ndarray, " samples"], rate: int, echo: float, floor: float, rng: np.random.Generator
) -> Float32[np.ndarray, "samples channels"]:
    """The sound as two microphones in a room hear it.

    Args:
        sound: one channel, in [-1, 1].
        rate: samples per second.
        echo: loudness of the echo relative to the direct sound, in [0, 1].
        floor: level of the background noise in dB relative to full scale.
        rng: the utterance's own generator.

    Returns:
        Two channels in [-1, 1], not equal.
    """
    size = len(sound)
    decay = rng.normal(size=int(0.12 * rate)) * np.exp(-np.arange(int(0.12 * rate)) / (0.025 * rate))
    decay *= echo / np.sqrt(np.sum(decay**2))
    length = 1 << (size + len(decay)).bit_length()  # powers of two transform fast
    wet = np.fft.irfft(np.fft.rfft(sound, length) * np.fft.rfft(decay, length), length)[:size]
    # Room noise falls by about 5 dB per octave and differs between the channels.
    spectrum = np.fft.rfft(rng.normal(size=(2, length)))
    spectrum *= 1.0 / np.maximum(np.fft.rfftfreq(length, 1 / rate), 60.0) ** 0.8
    noise = np.fft.irfft(spectrum, length)[:, :size]
    noise *= 10 ** (floor / 20) / np.sqrt(np.mean(noise**2))
    return np.clip(np.stack([sound, sound * 0.92]) + wet + noise, -1.0, 1.0).T.astype(np.float32)
