"""The order in which utterances are said."""

from collections import defaultdict

from fdan.sequences.inputs import Inputs


def threads(inputs: Inputs) -> list[list[int]]:
    """The rows of each dialogue in the order in which they are said; who is in none is a dialogue of one."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, utterance in enumerate(inputs.utterances):
        dialogue = inputs.texts["dialogue"][row]
        found[("dialogue", dialogue) if dialogue else ("alone", utterance)].append(row)
    return [sorted(found[key], key=lambda row: int(inputs.texts["place"][row])) for key in sorted(found)]
