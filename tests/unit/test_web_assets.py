"""What a browser has to load of ours."""

import gzip

from spaceport.web.assets import load_assets

#: All scripts together; no page loads all of them.
MOST_BYTES = 100_000


def test_all_scripts_together_are_below_a_hundred_kilobytes_compressed() -> None:
    scripts = {name: content for name, content in load_assets().files.items() if name.endswith(".js")}

    assert len(scripts) > 5
    assert sum(len(gzip.compress(content)) for content in scripts.values()) < MOST_BYTES
