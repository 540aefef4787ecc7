"""What a browser has to load of ours."""

import gzip
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from spaceport.web.assets import load_assets, make_router

#: All scripts together; no page loads all of them.
MOST_BYTES = 100_000


def test_all_scripts_together_are_below_a_hundred_kilobytes_compressed() -> None:
    scripts = {name: content for name, content in load_assets().files.items() if name.endswith(".js")}

    assert len(scripts) > 5
    assert sum(len(gzip.compress(content)) for content in scripts.values()) < MOST_BYTES


def test_a_page_loads_its_styles_as_one_sheet_compressed() -> None:
    assets = load_assets()
    app = FastAPI()
    app.include_router(make_router(assets))
    client = TestClient(app)

    packed = client.get(assets.url("all.css"), headers={"Accept-Encoding": "gzip"})
    plain = client.get(assets.url("all.css"), headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == assets.files["all.css"]
    assert b"--accent" in plain.content


def test_every_style_sheet_is_loaded_by_some_page() -> None:
    assets = load_assets()
    pages = Path(__file__).parents[2] / "platform" / "spaceport" / "web" / "pages"
    named = "".join(page.read_text() for page in pages.glob("*.html"))
    sheets = [name for name in assets.files if name.endswith(".css")]

    assert [name for name in sheets if assets.files[name] not in assets.files["all.css"] and name not in named] == []
