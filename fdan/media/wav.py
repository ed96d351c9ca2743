"""A sound as a 16-bit wav file that anybody can open."""

import io
import wave

import numpy as np
from jaxtyping import Float32

from fdan.data.emotions import CorpusError

_FULL_SCALE = 32767


def encode_wav(samples: Float32[np.ndarray, " n"], sample_rate: int) -> bytes:
    """Mono samples in [-1, 1] as a 16-bit wav file: the nearest of 65,535 steps."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.rint(samples * _FULL_SCALE).astype("<i2").tobytes())
    return buffer.getvalue()


def decode_wav(data: bytes, where: str) -> tuple[Float32[np.ndarray, " n"], int]:
    """Samples in [-1, 1] and the sample rate of what `encode_wav` wrote.

    Raises:
        CorpusError: it is no such file; `where` opens the message.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise CorpusError(f"{where}: not mono, 16 bits; the stage sounds must run again")
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            return (samples / np.float32(_FULL_SCALE)).astype(np.float32), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise CorpusError(f"{where}: not a wav file ({error}); the stage sounds must run again") from None
