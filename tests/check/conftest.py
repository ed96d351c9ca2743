import pytest

from tests.check.examined import ffmpeg, voice, write_wav


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """Two seconds: white, black in the first tenth; with a voice."""
    folder = tmp_path_factory.mktemp("clip")
    write_wav(folder / "v.wav", voice(5, 2.0))
    picture = "color=white:s=64x48:r=10:d=2,drawbox=color=black:t=fill:enable='lt(t,0.2)'"
    ffmpeg("-f", "lavfi", "-i", picture, "-i", folder / "v.wav", "-c:v", "mpeg4", "-c:a", "pcm_s16le", folder / "c.avi")
    ffmpeg("-i", folder / "c.avi", "-c:v", "libx264", folder / "c.mp4")
    return folder
