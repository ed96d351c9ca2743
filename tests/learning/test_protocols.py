from pathlib import Path

import pytest

from fdan.data.emotions import Emotion
from fdan.data.splits import NOT_RUN, Part, Split, write_split
from fdan.learning.params import ProtocolParams, Variant
from fdan.results.load_results import not_run
from fdan.results.runs import PROTOCOLS
from fdan.runtime.params import ParamsError
from fdan.runtime.project import Project
from stages import protocols

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("speaker", "found"), [("", "no speaker named"), ("Ann", "one speaker, Ann")])
def test_a_protocol_that_a_corpus_cannot_have_says_why_and_goes_on(tmp_path, monkeypatch, capsys, speaker, found):
    monkeypatch.chdir(tmp_path)
    params = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(params.replace("sources:\n", "sources:\n  talks: talks\n"), encoding="utf-8")
    (tmp_path / "data/splits").mkdir(parents=True)
    parts = [
        Part(f"u{i}", speaker, Emotion.FEAR, "test" if i == 2 else "train", "train" if i == 2 else "") for i in range(3)
    ]
    write_split(Split(tuple(parts), synthetic=False), tmp_path / "data/splits/talks.csv")
    monkeypatch.setattr("sys.argv", ["protocols", "talks"])
    protocols.main()
    reason = f"a protocol that keeps speakers apart needs two, or an official split; found {found}"
    assert capsys.readouterr().out == (
        "protocols disjoint/talks: not run: no faces train\n"
        f"protocols speaker/talks: not run: {reason}\n"
        "protocols rotated/talks: not run: fold 3: no speech is tested\nprotocols talks: trained 0, known 0\n"
    )
    assert [path.read_text() for path in tmp_path.glob(f"*/**/speaker/talks/{NOT_RUN}")] == [f"{reason}\n"] * 1
    assert (tmp_path / "runs/speaker/talks").is_dir()
    assert not_run(Project(), ["savee", "talks"], PROTOCOLS) == (
        "talks, disjoint: not run: no faces train.",
        f"talks, speaker: not run: {reason}.",
        "talks, rotated: not run: fold 3: no speech is tested.",
    )


def test_a_protocol_trains_the_variants_that_it_names():
    params = ProtocolParams((0,), 5, ("fdan", "fdan2"))
    variants = {name: Variant(attention=True, lmmd=name != "fdan2") for name in ("fdan", "fdan1", "fdan2")}
    assert list(params.variants_of("rotated", variants)) == ["fdan", "fdan2"]
    assert params.variants_of("speaker", variants) == variants
    with pytest.raises(ParamsError, match=r"^params\.yaml: protocols\.rotated: fdan2: no variant; expected fdan$"):
        params.variants_of("rotated", {"fdan": variants["fdan"]})
