"""A lock says what was installed; another build installs exactly that."""

import io
import tarfile
from typing import IO

from spaceport_runner.engines.docker_locks import only_file
from spaceport_runner.lock import LARGEST_BYTES, constraints, install_files, overrides

LOCK = """# made by uv
-e file:///home/user/app/editable
-e /home/user/app/other
gradio==6.31.0
local @ file:///home/user/app/local
plugin @ git+https://git.example.org/plugin@83fabd3311cba0696eeecbe9cc05f1708f6c1a6e
torch==2.13.0+cpu
wheel @ https://example.org/wheel-1.0-py3-none-any.whl
"""


def test_versions_become_constraints_and_addresses_overrides_and_the_repos_own_neither() -> None:
    assert constraints(LOCK) == ["gradio==6.31.0", "torch==2.13.0+cpu"]
    assert overrides(LOCK) == [
        "plugin @ git+https://git.example.org/plugin@83fabd3311cba0696eeecbe9cc05f1708f6c1a6e",
        "wheel @ https://example.org/wheel-1.0-py3-none-any.whl",
    ]


def test_without_a_lock_the_files_are_empty() -> None:
    assert install_files(None) == {"constraints.txt": "", "overrides.txt": ""}


def packed(kind: bytes, size: int = 0) -> IO[bytes]:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("requirements.lock")
        member.type, member.size, member.linkname = kind, size, "/etc/passwd"
        archive.addfile(member, io.BytesIO(b"x" * size))
    file.seek(0)
    return file


def test_what_a_package_put_in_the_place_of_a_lock_is_none() -> None:
    assert only_file(packed(tarfile.REGTYPE, 3)) == "xxx"
    assert only_file(packed(tarfile.SYMTYPE)) is None
    assert only_file(packed(tarfile.REGTYPE, LARGEST_BYTES + 1)) is None
