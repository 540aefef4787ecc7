"""A private Space is not there for strangers: not its page, not its code, not its app."""

from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, wait_for
from tests.e2e.test_builds import token_of_another
from tests.e2e.test_road import CARD, call

pytestmark = pytest.mark.timeout(600)

#: A visit of it never ends by itself.
ENDLESS = """
import http.server, time

class Endless(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"still here ")
            time.sleep(0.2)

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("0.0.0.0", 7860), Endless).serve_forever()
"""


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


def look_alike(platform: Platform, token: str | None) -> Iterator[tuple[str, int, str]]:
    """What somebody is told of a private Space, checked to be what is told of one that is not there."""
    hub, gateway = platform.hub, f"http://127.0.0.1:{platform.apps_port}"
    ends = ("", "/runtime", "/tree/main", "/logs/run", "/logs/build", "/events", "/host")
    addresses = [f"{hub}/api/spaces/admin/NAME{end}" for end in ends]
    addresses += [f"{hub}/spaces/admin/NAME{end}" for end in ("", "/logs", "/settings", "/resolve/main/app.py")]
    addresses += [f"{hub}/spaces/admin/NAME/info/refs?service=git-upload-pack"]
    addresses += [f"{hub}/api/spaces?search=NAME", f"{hub}/api/spaces/by-subdomain/admin-NAME", f"{gateway}/config"]
    for address in addresses:
        seen = []
        for name in ("unseen", "absent"):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            if address.startswith(gateway):
                headers["Host"] = f"admin-{name}.localhost:{platform.apps_port}"
            answer = httpx.get(address.replace("NAME", name), headers=headers, timeout=30)
            seen.append((answer.status_code, answer.text.replace(name, "NAME")))
        assert seen[0] == seen[1], address
        yield address, *seen[0]


def test_a_private_space_looks_like_one_that_is_not_there_from_one_minute_to_the_next(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("unseen")
    repo.write(README__md=CARD, app__py=ENDLESS).commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    other = token_of_another(platform, f"stranger{platform.hub_port}")

    with httpx.stream("GET", platform.info(space)["host"], timeout=70) as visit:
        parts = visit.iter_raw()
        assert next(parts)
        platform.api("PUT", f"/api/spaces/{space}/settings", json={"private": True}).raise_for_status()
        with suppress(httpx.TransportError):
            while next(parts, b""):
                pass
    host = platform.info(space)["host"]
    wait_for(lambda: httpx.get(host).status_code == 404, 60, "the door is shut")

    for token in (None, other):
        for address, status, text in look_alike(platform, token):
            # Clients of the Hub expect 401 where nobody is signed in.
            expected = 200 if "search=" in address else 401 if token is None and status == 401 else 404
            assert status == expected, address
            assert "NAME" not in text or status != 200 or "search=" in address
    assert f'href="/spaces/{space}"' not in httpx.get(f"{platform.hub}/spaces?search=unseen").text
    entered = httpx.stream("GET", host, headers={"Authorization": f"Bearer {platform.token}"}, timeout=30)
    with entered as visit:
        assert visit.status_code == 200

    platform.api("PUT", f"/api/spaces/{space}/settings", json={"private": False}).raise_for_status()
    wait_for(lambda: httpx.get(f"{platform.hub}/spaces/{space}").status_code == 200, 60, "it is public again")
    with httpx.stream("GET", host, timeout=30) as visit:
        assert visit.status_code == 200


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


def test_only_who_was_let_in_uses_the_app_of_a_gated_space(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("asked-for", sdk="static")
    repo.copy_sample("static-page").commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    host, token = platform.info(space)["host"], token_of_another(platform, f"asker{platform.hub_port}")
    asker = {"Authorization": f"Bearer {token}"}
    requests = f"/api/spaces/{space}/user-access-request"
    platform.api("PUT", f"/api/spaces/{space}/settings", json={"gated": "manual"}).raise_for_status()
    wait_for(lambda: httpx.get(host).status_code == 403, 60, "the gate is shut")

    assert "Ask for access first" in httpx.get(host, headers={"Accept": "text/html"}).text
    assert "__sign=" not in httpx.get(f"{platform.hub}/spaces/{space}").text
    assert httpx.get(host, headers=asker).status_code == 403
    httpx.post(f"{platform.hub}/spaces/{space}/ask-access", headers=asker).raise_for_status()
    (asked,) = platform.api("GET", f"{requests}/pending").json()
    answer = {"user": asked["user"]["user"], "status": "accepted"}
    platform.api("POST", f"{requests}/handle", json=answer).raise_for_status()
    wait_for(lambda: httpx.get(host, headers=asker).status_code == 200, 60, "who was let in is in")
    ticket = httpx.get(f"{platform.hub}/api/spaces/{space}/jwt", headers=asker).json()["token"]

    with httpx.Client(follow_redirects=True) as browser:
        assert "Plain files" in browser.get(f"{host}/?__sign={ticket}").text
        platform.api("POST", f"{requests}/handle", json=answer | {"status": "rejected"}).raise_for_status()
        wait_for(lambda: browser.get(f"{host}/").status_code == 403, 60, "an end of the visit")
    wait_for(lambda: httpx.get(host, headers=asker).status_code == 403, 60, "the token is no good any more")
