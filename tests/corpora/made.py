"""Small corpora of empty files and short tables, for the tests of this folder."""

from fdan.corpora.meld import PARTS

COLUMNS = "utterance,speaker,emotion,audio,video"
HEADER = f"{COLUMNS}\n"


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode(errors="surrogateescape"))


def table(root, text, name="utterances.csv"):
    touch(root, "a.wav", "b.wav")
    (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def meld(root, rows, parts=PARTS, suffix="mp4"):
    head = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID\n"
    for part in parts:
        touch(root, *(f"{PARTS[part]}/dia{i}_utt0.{suffix}" for i in range(rows)))
        (root / f"{part}_sent_emo.csv").write_text(head + "".join(f"1,Hi,Joey,fear,neg,{i},0\n" for i in range(rows)))
    return root


def csv_corpus(root, *rows, header=COLUMNS):
    touch(root, "a.wav", "clips/b.mp4", "c.wav")
    (root / "utterances.csv").write_text("\n".join([header, *rows]) + "\n")
    return root
