import torch
from talk import talk
from test_dialogue_methods import PARAMS

from fdan.data.emotions import Emotion
from fdan.methods.inputs import Inputs
from fdan.methods.map import MAP, PROMPTS, WORDS, prompts
from fdan.methods.samples import threads


def test_six_prompts_around_an_utterance():
    texts = {"text": ("a", "b", "c"), "speaker": ("X", "Y", "X"), "dialogue": ("d",) * 3, "place": ("0", "1", "2")}
    inputs = Inputs(("u", "v", "w"), texts=texts)
    made = prompts(inputs, threads(inputs))
    assert len(made) == 6
    assert made["alone"][0] == '"a" I feel [MASK].'
    assert made["before"][0].startswith('"" Then: "a"')
    assert made["after"][2].startswith('"c" Then: ""')
    assert made["own"][2] == 'X said: "a" Now: "c" Now X feels [MASK].'
    assert made["around"][1].startswith('"a" "b" "c"')


def test_no_prompt_crosses_dialogues():
    inputs, _ = talk(2, 2)
    made = prompts(inputs, threads(inputs))
    assert made["after"][1].startswith(f'"{inputs.texts["text"][1]}" Then: ""')


def test_as_many_words_for_each_emotion():
    assert list(WORDS) == list(Emotion)
    assert {len(words) for words in WORDS.values()} == {3}
    assert len({word for words in WORDS.values() for word in words}) == 21


def test_the_language_model_s_words_are_heard():
    network = MAP(8, {"acoustic": 5}, 7, PARAMS["map"]).eval()
    states, x = torch.randn(2, len(PROMPTS), 8), {"acoustic": torch.randn(2, 5)}
    fits = torch.zeros(2, len(PROMPTS), 21)
    before = network(states, fits, x)
    assert before.shape == (2, 7)
    fits[..., 3] = 50  # the first word of disgust, in every prompt
    after = network(states, fits, x)
    assert after.argmax(dim=1).tolist() == [1, 1]
    assert torch.equal(after[:, 0], before[:, 0])
