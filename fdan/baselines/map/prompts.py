"""Six prompts around an utterance, and the emotion words that answer them."""

from collections.abc import Sequence

from fdan.data.emotions import Emotion
from fdan.sequences.inputs import Inputs
from fdan.text.params import MASK

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


def prompts(inputs: Inputs, threads: Sequence[Sequence[int]]) -> dict[str, tuple[str, ...]]:
    """Each prompt of every utterance; what is not known of it is empty in them.

    Args:
        inputs: texts and speakers.
        threads: the rows of each dialogue in order.
    """
    texts, speakers = inputs.texts["text"], inputs.texts["speaker"]
    made = {name: [""] * len(inputs) for name in PROMPTS}
    for thread in threads:
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
