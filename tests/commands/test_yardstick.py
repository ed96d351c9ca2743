import csv

import pytest

from fdan.commands.cli import main
from fdan.commands.yardstick import OFFICIAL, PAPER, splits
from fdan.corpora.meld import read_meld
from fdan.data.manifest import Manifest
from fdan.data.splits import TEST

SAID = {"anger": ("Stop it!", "Get out!"), "neutral": ("The bus is here.", "The key is here.", "It is late.")}


def write(folder, part, rows):
    with (folder / f"{part}_sent_emo.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID"])
        writer.writerows(rows)


def rows(n, speaker):
    return [
        [SAID[emotion][i % 2], speaker, emotion, i // 4, i % 4]
        for i in range(n)
        for emotion in [("anger", "neutral", "neutral")[i % 3]]
    ]


def test_both_splits_beside_the_largest_class_and_what_is_on_both_sides(tmp_path, capsys):
    write(tmp_path, "train", rows(24, "Joey"))
    write(tmp_path, "dev", rows(3, "Ross"))
    write(tmp_path, "test", [*rows(6, "Joey"), ["What?", "Gunther", "neutral", 9, 0]])
    assert main(["yardstick", str(tmp_path)]) == 0
    official, same, always, ngrams, random, *_ = capsys.readouterr().out.splitlines()
    assert official == "MELD's own split: 24 train, 7 tested"
    assert same == "  tested whose own is in training too: text 6, speaker 6, dialogue 0"
    # five of seven are neutral; of one class all are right, F1 2 * 5/7 / (5/7 + 1)
    assert always.split() == ["always", "neutral", "WAR", "71.43", "UAR", "50.00", "w-F1", "59.52"]
    assert "n-grams, logistic regression" in ngrams
    assert float(ngrams.split("WAR")[1].split()[0]) > 80
    assert random.startswith("the paper's split: ")


def test_the_seed_moves_the_random_split_alone(tmp_path):
    write(tmp_path, "train", rows(24, "Joey"))
    write(tmp_path, "test", rows(9, "Ross"))
    manifest = Manifest(read_meld(tmp_path).utterances, False)
    first, other = splits(manifest, 0), splits(manifest, 1)
    assert first[OFFICIAL] == other[OFFICIAL]
    assert first[PAPER].acoustic(TEST) != other[PAPER].acoustic(TEST)


@pytest.mark.parametrize(("text", "said"), [("", "without text"), ("Hi.", "too few utterances")])
def test_what_cannot_be_measured_is_said_in_one_line(tmp_path, capsys, text, said):
    write(tmp_path, "train", [[text, "Joey", "anger", 0, 0]])
    assert main(["yardstick", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
