"""As what the hub sends files that somebody pushed."""

import pytest

from spaceport.repos.object_response import media_type_of_file


@pytest.mark.parametrize("name", ["app.js", "lib/worker.mjs", "STYLE.CSS", "app.js.gz"])
def test_what_a_page_would_run_or_wear_is_sent_as_text(name: str) -> None:
    assert media_type_of_file(name).startswith("text/plain")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("page.html", "text/html"), ("cat.png", "image/png"), ("config.json", "application/json")],
)
def test_other_files_keep_their_type(name: str, media_type: str) -> None:
    assert media_type_of_file(name) == media_type


def test_a_file_of_no_known_type_is_bytes() -> None:
    assert media_type_of_file("weights.unheard-of") == "application/octet-stream"
