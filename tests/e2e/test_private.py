"""A private Space is not there for strangers: not its page, not its code, not its app."""

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import wait_for
from tests.e2e.test_road import call

pytestmark = pytest.mark.timeout(600)


def test_only_its_readers_reach_a_private_space(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("hidden", private=True)
    repo.copy_sample("hello-gradio").commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    host = platform.info(space)["host"]

    assert httpx.get(f"{host}/config").status_code == 404
    assert httpx.get(f"{platform.hub}/spaces/{space}").status_code == 404
    assert httpx.get(f"{platform.hub}/api/spaces/{space}").status_code == 401
    assert httpx.get(f"{host}/config", headers={"Authorization": "Bearer hf_wrong"}).status_code == 404

    for header in ("Authorization", "X-HF-Authorization"):
        assert httpx.get(f"{host}/config", headers={header: f"Bearer {platform.token}"}).status_code == 200
    client = f"Client({space!r}, token={platform.token!r}, verbose=False)"
    assert call(platform, f"from gradio_client import Client; print({client}.predict('Ada', api_name='/greet'))") == (
        "Hello, Ada!"
    )


def test_a_reader_enters_from_the_space_s_page(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("entered", sdk="static", private=True)
    repo.copy_sample("static-page").commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    page = platform.api("GET", f"/spaces/{space}", headers={"Accept": "text/html"}).text
    link = "/?__sign=" + page.split("__sign=")[1].split('"')[0].split("&")[0]
    host = platform.info(space)["host"]

    with httpx.Client() as browser:
        exchanged = browser.get(f"{host}{link}")
        assert exchanged.status_code == 303
        assert exchanged.headers["location"] == "/"
        assert "Plain files" in browser.get(f"{host}/").text
    assert httpx.get(f"{host}/").status_code == 404

    # A link for somebody without an account, until it is revoked: for those who are inside too.
    made = platform.api("POST", f"/api/spaces/{space}/links", json={"seconds": 86400}).json()
    link = f"{host}/?{made['url'].partition('?')[2]}"
    with httpx.Client(follow_redirects=True) as guest:
        assert "Plain files" in guest.get(link).text
        assert "Plain files" in guest.get(f"{host}/").text
        platform.api("DELETE", f"/api/spaces/{space}/links")
        wait_for(lambda: guest.get(f"{host}/").status_code == 404, 60, "an end of the visit")
    assert httpx.get(link).status_code == 404
