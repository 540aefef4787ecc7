"""What a build installed is known, and another build can install exactly that."""

import pytest

from .conftest import Rig, wait_for
from .test_engines import IMPORTING_APP


def test_a_lock_is_told_also_where_nothing_was_installed(rig: Rig) -> None:
    first = rig.build(rig.source())
    second = rig.build(rig.source())

    assert (first.installed, second.installed) == (True, False)
    assert first.lock is not None
    assert second.lock == first.lock


@pytest.mark.registry
def test_a_lock_brings_back_the_versions_it_lists(real_rig: Rig) -> None:
    source = real_rig.source(
        {
            "requirements.txt": "six\n./local\n",
            "local/setup.py": "from setuptools import setup\nsetup(name='local-thing', version='1.0')\n",
            "app.py": IMPORTING_APP,
        }
    )
    newest = real_rig.build(source, deps_hash=f"newest-{real_rig.kind}")
    assert newest.lock is not None
    lock = "\n".join("six==1.16.0" if line.startswith("six==") else line for line in newest.lock.splitlines())
    locked = real_rig.build(source, deps_hash=f"newest-{real_rig.kind}-locked", lock=lock, no_cache=True)
    spec = real_rig.start(source, locked.image)
    real_rig.answer(spec)

    assert "local-thing" in newest.lock
    assert locked.lock is not None
    assert "six==1.16.0" in locked.lock.splitlines()
    assert locked.image != newest.image
    assert wait_for(lambda: "six 1.16.0" in real_rig.log_lines(spec))
