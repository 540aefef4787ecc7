"""Where an old name leads, as a path."""

import pytest
from starlette.requests import Request

from spaceport.errors import SpaceMoved
from spaceport.renames import new_location


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/api/models/ada/old", "/api/models/eve/new"),
        ("/api/datasets/ada/old/tree/refs%2Fpr%2F1/a%20b?recursive=true", None),
        ("/ada/old/resolve/main/spaces/a.txt", "/eve/new/resolve/main/spaces/a.txt"),
        ("/ada/old.git/info/refs?service=git-upload-pack", "/eve/new.git/info/refs?service=git-upload-pack"),
        ("/datasets/ada/old/discussions/1", "/datasets/eve/new/discussions/1"),
        ("/spaces/ada/spaces/logs", "/spaces/eve/new/logs"),
        ("/ada/spaces/raw/main/a.txt", "/eve/new/raw/main/a.txt"),
    ],
)
def test_only_the_name_in_an_address_changes(old: str, new: str | None) -> None:
    path, _, query = old.partition("?")
    scope = {"type": "http", "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": []}

    location = new_location(Request(scope), SpaceMoved("eve/new"))

    assert location == (new or old.replace("ada/old", "eve/new"))
