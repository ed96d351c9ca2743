import pytest

from fdan.media.clip import MediaError, locate


def test_a_link_may_not_lead_out_of_the_folder_but_the_folder_itself_may_be_one(tmp_path):
    (tmp_path / "corpus").mkdir()
    for path in (tmp_path / "secret.mp4", tmp_path / "corpus/a.avi"):
        path.write_bytes(b"x")
    (tmp_path / "corpus/link.mp4").symlink_to(tmp_path / "secret.mp4")
    (tmp_path / "link").symlink_to(tmp_path / "corpus")
    assert locate(tmp_path / "link", "a.avi") == tmp_path / "link" / "a.avi"
    with pytest.raises(MediaError, match="leads out of the corpus folder"):
        locate(tmp_path / "link", "link.mp4")


def test_a_huge_file_is_not_read_at_all(tmp_path):
    with (tmp_path / "huge.mp4").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(MediaError, match=r"huge\.mp4: 1099511627776 bytes; at most 1073741824 are read"):
        locate(tmp_path, "huge.mp4")
