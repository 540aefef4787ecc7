"""Unpacking archives of strangers."""

import io
import tarfile
from pathlib import Path

import pytest

from spaceport_runner.unpack import SourceRejected, UnpackLimits, unpack

LIMITS = UnpackLimits(size_bytes=10_000, members=50)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    return info


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    stream.seek(0)
    return stream


def test_files_folders_and_inner_links_arrive(tmp_path: Path) -> None:
    stream = archive(
        (member("a/b.txt"), b"hello"),
        (member("empty", tarfile.DIRTYPE), b""),
        (member("a/link", tarfile.SYMTYPE, "b.txt"), b""),
        (member("up", tarfile.SYMTYPE, "a/../a/b.txt"), b""),
    )
    unpack(stream, tmp_path, LIMITS)

    assert (tmp_path / "a/link").read_text() == (tmp_path / "up").read_text() == "hello"
    assert (tmp_path / "empty").is_dir()


def test_only_the_owners_right_to_execute_is_kept(tmp_path: Path) -> None:
    unpack(archive((member("run.sh", mode=0o4777), b"#!"), (member("data", mode=0o666), b"x")), tmp_path, LIMITS)

    assert (tmp_path / "run.sh").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "data").stat().st_mode & 0o7777 == 0o644


@pytest.mark.parametrize(
    "bad",
    [
        member("/etc/evil"),
        member("../evil"),
        member("a/../../evil"),
        member("x" * 2000),
        member("device", tarfile.CHRTYPE),
        member("pipe", tarfile.FIFOTYPE),
        member("hard", tarfile.LNKTYPE, "/etc/passwd"),
        member("link", tarfile.SYMTYPE, "/etc/passwd"),
        member("link", tarfile.SYMTYPE, "../outside"),
        member("a/link", tarfile.SYMTYPE, "../../outside"),
    ],
    ids=lambda info: f"{info.name[:20]}-{info.linkname}",
)
def test_what_reaches_outside_is_refused(bad: tarfile.TarInfo, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()

    with pytest.raises(SourceRejected):
        unpack(archive((bad, b"")), target, LIMITS)
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    target, outside = tmp_path / "target", tmp_path / "outside"
    target.mkdir()
    outside.mkdir()
    stream = archive((member("d", tarfile.SYMTYPE, "../outside"), b""), (member("d/evil"), b"x"))

    with pytest.raises(SourceRejected):
        unpack(stream, target, LIMITS)
    assert list(outside.iterdir()) == []


def test_a_link_that_leads_outside_through_another_link_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "target"
    target.mkdir(parents=True)
    stream = archive(
        (member("a/b/c", tarfile.DIRTYPE), b""),
        (member("short", tarfile.SYMTYPE, "a/b/c/../../.."), b""),
        (member("long", tarfile.SYMTYPE, "short/../../secret"), b""),
    )

    with pytest.raises(SourceRejected, match="leads outside"):
        unpack(stream, target, LIMITS)


def test_links_in_a_circle_do_no_harm(tmp_path: Path) -> None:
    unpack(
        archive((member("a", tarfile.SYMTYPE, "b"), b""), (member("b", tarfile.SYMTYPE, "a"), b"")), tmp_path, LIMITS
    )

    assert (tmp_path / "a").is_symlink()


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRejected, match="two files"):
        unpack(archive((member("a"), b"1"), (member("a"), b"2")), tmp_path, LIMITS)


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRejected, match="larger than"):
        unpack(archive((member("a"), b"x" * 6000), (member("b"), b"x" * 6000)), tmp_path, LIMITS)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRejected, match="more than 50 files"):
        unpack(archive(*((member(str(number)), b"") for number in range(51))), tmp_path, LIMITS)


def test_half_an_archive_is_a_damaged_one(tmp_path: Path) -> None:
    whole = archive((member("a"), b"x" * 5000)).getvalue()

    with pytest.raises(tarfile.TarError):
        unpack(io.BytesIO(whole[:2000]), tmp_path, LIMITS)
