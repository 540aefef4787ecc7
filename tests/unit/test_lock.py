"""A lock says what was installed; another build installs exactly that."""

from spaceport_runner.lock import constraints, install_files, overrides

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
