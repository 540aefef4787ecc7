"""The parts of the dataset viewer that need no worker."""

import struct
from pathlib import Path
from typing import Any

import pytest

from spaceport.errors import AccessDenied
from spaceport.repos.viewer.asset_ticket import AssetTicket, expiry, seal, unseal
from spaceport.repos.viewer.image_size import image_size
from spaceport.repos.viewer.layout import Config, Split
from spaceport.repos.viewer.media_rows import media_rows, path_in_repo
from spaceport.repos.viewer.store import Store, folders_to_drop


def test_sizes_of_images_are_read_from_their_headers() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc0\x00\x11\x08" + struct.pack(">HH", 20, 10) + bytes(8)
    lossless = b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00\x2f" + struct.pack("<I", 9 | 19 << 14)
    extended = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + b"\x09\x00\x00\x13\x00\x00"

    for content in (
        b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 10, 20),
        b"GIF89a" + struct.pack("<HH", 10, 20),
        b"BM" + bytes(16) + struct.pack("<ii", 10, -20),
        jpeg,
        lossless,
        extended,
    ):
        assert image_size(content) == (10, 20)
        assert all(image_size(content[:length]) in (None, (10, 20)) for length in range(len(content)))
    assert image_size(b"<svg width='3'>") is None


def test_folders_are_labels_only_where_they_can_be() -> None:
    def labels(*files: str, **options: Any) -> tuple[str, ...]:
        split = Split("train", files)
        return media_rows(Config("default", "imagefolder", (split,), options), split).labels

    assert labels("a/1.png", "b/2.png") == ("a", "b")
    assert labels("a/1.png", "a/2.png") == ()
    assert labels("a/1.png", "b/c/2.png") == ()
    assert labels("a/1.png", "b/2.png", "metadata.csv") == ()
    assert labels("a/1.png", "b/2.png", drop_labels=True) == ()
    assert labels("a/1.png", "a/2.png", drop_labels=False) == ("a",)


def test_data_names_no_file_outside_of_its_repo() -> None:
    paths = {"train/a.png"}

    assert path_in_repo("train/./a.png", paths) == "train/a.png"
    for path in ("../train/a.png", "/train/a.png", "train/b.png", "file:///etc/passwd", ""):
        assert path_in_repo(path, paths) is None


def test_what_was_not_asked_for_longest_goes_first() -> None:
    folders = [(Path("new"), 3.0, 50), (Path("old"), 1.0, 50), (Path("middle"), 2.0, 50)]

    assert folders_to_drop(folders, 150) == []
    assert folders_to_drop(folders, 100) == [Path("old")]
    assert folders_to_drop(folders, 0) == [Path("old"), Path("middle"), Path("new")]


def test_nothing_is_kept_of_repos_that_are_gone(tmp_path: Path) -> None:
    store = Store(tmp_path, 10**9)
    folder, other = store.folder("a" * 24, "sha", "x"), store.folder("b" * 24, "sha", "x")
    for each in (folder, other):
        store.write(each, {"n": 1}, "about")
    store.forget_others({"a" * 24}, older_than_seconds=-1)

    assert store.read(folder, "about") == {"n": 1}
    assert store.read(folder, "other") is None
    assert not other.exists()


def kept(store: Store, folder: Path) -> bool:
    """Makes a folder as a worker leaves it, and keeps it."""
    with store.scratch("a" * 24) as scratch:
        (scratch / "made" / "files").mkdir(parents=True)
        store.write(scratch / "made", {"n": 2}, "about")
        store.keep(scratch / "made", folder)
    return (folder / "files").is_dir() and store.read(folder, "about") == {"n": 2}


def test_what_is_left_of_a_split_that_was_cleared_away_makes_room_for_a_whole_one(tmp_path: Path) -> None:
    store = Store(tmp_path, 10**9)
    folder = store.folder("a" * 24, "sha", "x")

    for rest in ("answer", "about"):
        store.write(folder, {"n": 1}, rest)
        assert kept(store, folder)
        store.drop(folder)
        assert not folder.exists()


def test_a_whole_split_stays_when_another_reader_comes_second(tmp_path: Path) -> None:
    store = Store(tmp_path, 10**9)
    folder = store.folder("a" * 24, "sha", "x")
    assert kept(store, folder)
    store.add(folder, {"n": 3}, "answer")

    assert kept(store, folder)
    assert store.read(folder, "answer") == {"n": 3}


def test_an_answer_does_not_bring_back_a_split_that_was_cleared_away(tmp_path: Path) -> None:
    store = Store(tmp_path, 10**9)
    folder = store.folder("a" * 24, "sha", "x")
    store.add(folder, {"n": 1}, "answer")

    assert not folder.exists()


def test_many_little_folders_take_room_too(tmp_path: Path) -> None:
    """Each takes blocks and inodes of the disk, however few bytes are in it."""
    store = Store(tmp_path, 100_000)
    for number in range(50):
        store.write(store.folder("a" * 24, "sha", str(number)), {}, "about")
    Store(tmp_path, 100_000).trim()

    assert len(list((tmp_path / "viewer" / ("a" * 24) / "sha").iterdir())) < 50


def test_addresses_of_media_end_and_cannot_be_made() -> None:
    ticket = AssetTicket("a" * 24, "sha", False, expiry(1000.0), split=("default", "train"), asset="x.png")
    text = seal(ticket, "secret")

    assert unseal(text, "secret", 1000.0) == ticket
    assert 3600 <= ticket.expires_at - 1000 <= 7200
    for bad, secret, now in ((text, "other", 1000.0), (text[1:], "secret", 1000.0), (text, "secret", 10_000.0)):
        with pytest.raises(AccessDenied):
            unseal(bad, secret, now)
