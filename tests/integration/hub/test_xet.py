"""Large files by Xet: the real client against a live hub, and requests that no client should send."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.integration.hub.conftest import Hub, running_hub
from tests.xet_capture import UploadFailed, repeatable_bytes, xet_upload
from tests.xet_forge import Term, Xorb, file_record, shard

from spaceport.adapters.database import SqlDatabase
from spaceport.adapters.xorb_tables import xorbs
from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.discussions.opening import open_pull_request
from spaceport.repos.repo_creation import create_repo
from spaceport.repos.xet.generation import current_generation
from spaceport.repos.xet.hashes import in_url_form
from spaceport.repos.xet.library import xet_folder
from spaceport.repos.xet.token import Right, XetToken, seal

NOISE = repeatable_bytes("noise", 30_000_000)
XORB = Xorb((b"one", b"two", b"three"))
SECRET = "secret of the tests"


def make_model(hub: Hub, owner: str = "ada", name: str = "tiny", private: bool = False) -> Repo:
    return create_repo(hub.services, hub.person(owner).caller, RepoType.MODEL, name, private=private)


def token_url(hub: Hub, path: str = "ada/tiny", right: str = "write", rest: str = "main") -> str:
    return f"{hub.url}/api/models/{path}/xet-{right}-token/{rest}"


def ask(hub: Hub, who: str | None, url: str, **options: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {hub.person(who).token}"} if who else {}
    return httpx.get(url, headers=headers, **options)


def stored(hub: Hub, sha256: str) -> bytes:
    with hub.services.objects.open_file(sha256) as file:
        return file.read()


def grants(hub: Hub, repo: Repo) -> frozenset[str]:
    with hub.services.database.read() as tx:
        return tx.blobs.granted_to(repo.id)


def kept_xorbs(hub: Hub) -> list[Path]:
    return [path for path in xet_folder(hub.services).rglob("*") if path.is_file() and path.name != "generation"]


def test_the_real_client_uploads_and_then_sends_only_what_is_new(own_hub: Hub, tmp_path: Path) -> None:
    repo, token = make_model(own_hub), own_hub.person("ada").token
    contents = {
        "noise": NOISE,
        "edited": NOISE[:9_000_000] + b"x" * 2_000_000 + NOISE[7_000_000:],
        "text": b"".join(b"line %d\n" % number for number in range(200_000)),
        "tiny": b"tiny",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)

    told = xet_upload(token_url(own_hub), [tmp_path / name for name in contents], tmp_path / "cache", token)

    hashes = [hashlib.sha256(content).hexdigest() for content in contents.values()]
    assert [sha256 for _, sha256 in told] == hashes
    assert grants(own_hub, repo) == set(hashes)
    assert [stored(own_hub, sha256) for sha256 in hashes] == list(contents.values())
    with own_hub.services.database.read() as tx:
        assert [(blob.xet_hash if blob else None) for blob in map(tx.blobs.get, hashes)] == [name for name, _ in told]
    # Their chunks are in the files now.
    assert not kept_xorbs(own_hub)

    longer = NOISE[:20_000_000] + b"new" + NOISE[20_000_000:]
    (tmp_path / "noise").write_bytes(longer)
    other, before = make_model(own_hub, name="other"), sent_chunks(own_hub)
    (_, sha256), *_ = xet_upload(token_url(own_hub, "ada/other"), [tmp_path / "noise"], tmp_path / "cache", token)

    assert stored(own_hub, sha256) == longer
    assert grants(own_hub, other) == {sha256}
    # The client remembers what it sent to this hub.
    assert sent_chunks(own_hub) - before < 20


def sent_chunks(hub: Hub) -> int:
    database = SqlDatabase(hub.services.settings.database)
    with database.engine.connect() as connection:
        chunks = list(connection.execute(select(xorbs.c.chunks)).scalars())
    database.close()
    return sum(len(each) // 36 for each in chunks)


def test_a_client_whose_memory_is_of_a_lost_hub_is_told_once(own_hub: Hub, tmp_path: Path) -> None:
    make_model(own_hub)
    token, cache = own_hub.person("ada").token, tmp_path / "cache"
    (tmp_path / "file").write_bytes(NOISE[:5_000_000])
    ((_, sha256),) = xet_upload(token_url(own_hub), [tmp_path / "file"], cache, token)
    own_hub.services.objects.remove(sha256)

    (tmp_path / "file").write_bytes(NOISE[:5_000_000] + b"and more")
    with pytest.raises(UploadFailed, match="upload it again"):
        xet_upload(token_url(own_hub), [tmp_path / "file"], cache, token)
    ((_, sha256),) = xet_upload(token_url(own_hub), [tmp_path / "file"], cache, token)

    assert stored(own_hub, sha256) == NOISE[:5_000_000] + b"and more"


def test_a_token_is_answered_twice_with_the_address_that_was_asked(hub: Hub) -> None:
    repo = make_model(hub)

    answer = ask(hub, "ada", token_url(hub).replace("127.0.0.1", "localhost"))

    told = answer.json()
    generation = current_generation(xet_folder(hub.services))
    assert told["casUrl"] == f"{hub.url.replace('127.0.0.1', 'localhost')}/api/xet/{generation}"
    assert told["accessToken"] == seal(XetToken(repo.id, Right.WRITE, told["exp"], hub.person("ada").user.id), SECRET)
    assert told["exp"] > time.time() + 300
    names = ("X-Xet-Access-Token", "X-Xet-Token-Expiration", "X-Xet-Cas-Url")
    assert [answer.headers[name] for name in names] == [told["accessToken"], str(told["exp"]), told["casUrl"]]


TOKENS = (
    ("ada", "write", "main", 200),
    ("ada", "write", "refs%2Fpr%2F1", 200),
    ("ada", "write", "refs%2Fpr%2F2", 200),
    ("eve", "read", "main", 200),
    (None, "read", "main", 200),
    ("eve", "write", "main", 403),
    ("eve", "write", "None", 403),
    ("eve", "write", "None?create_pr=1", 200),
    ("eve", "write", "refs%2Fpr%2F1", 200),
    ("eve", "write", "refs%2Fpr%2F2", 403),
    ("bob", "write", "refs%2Fpr%2F1", 403),
    (None, "write", "main", 401),
    (None, "write", "None?create_pr=1", 401),
)


def test_who_gets_a_token_of_a_public_repo(hub: Hub) -> None:
    """The first pull request is Eve's; there is no second."""
    repo = make_model(hub)
    open_pull_request(hub.services, repo, hub.person("eve").caller, "A better one", "")

    for who, right, rest, status in TOKENS:
        assert ask(hub, who, token_url(hub, right=right, rest=rest)).status_code == status, (who, right, rest)


@pytest.mark.parametrize("right", ["read", "write"])
def test_a_private_repo_answers_like_one_that_is_not_there(hub: Hub, right: str) -> None:
    make_model(hub, private=True)
    hub.person("eve")

    for who, status in (("eve", 404), (None, 401)):
        private = ask(hub, who, token_url(hub, right=right, rest="None?create_pr=1"))
        absent = ask(hub, who, token_url(hub, "ada/none", right, "None?create_pr=1"))
        assert (private.status_code, private.headers["X-Error-Code"]) == (status, "RepoNotFound")
        assert (private.status_code, private.content) == (absent.status_code, absent.content)


def test_a_read_token_of_the_hub_gets_none_for_writing(hub: Hub) -> None:
    make_model(hub)
    headers = {"Authorization": f"Bearer {hub.person('ada').read_token}"}

    assert httpx.get(token_url(hub), headers=headers).status_code == 403


class Cas:
    """The CAS with a token of one repo."""

    def __init__(self, hub: Hub, repo_id: str, right: Right = Right.WRITE, seconds: int = 600) -> None:
        token = XetToken(repo_id, right, int(time.time()) + seconds)
        self._headers = {"Authorization": f"Bearer {seal(token, hub.services.internal_secret)}"}
        self._url = f"{hub.url}/api/xet/{current_generation(xet_folder(hub.services))}"

    def post(self, path: str, body: bytes = b"") -> httpx.Response:
        return httpx.post(f"{self._url}/{path}", content=body, headers=self._headers)

    def send(self, xorb: Xorb, name: bytes | None = None) -> httpx.Response:
        return self.post(f"v1/xorbs/default/{in_url_form(name or xorb.hash)}", xorb.body())


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize(
    ("xorbs", "shards"), [("v1/xorbs", "v1/shards"), ("v1/xorbs", "v2/shards"), ("xorbs", "shards")]
)
def test_shards_are_taken_at_the_addresses_of_all_clients(hub: Hub, xorbs: str, shards: str) -> None:
    repo = make_model(hub)
    cas = Cas(hub, repo.id)
    assert cas.post(f"{xorbs}/default/{in_url_form(XORB.hash)}", XORB.body()).json() == {"was_inserted": True}

    answer = cas.post(shards, shard([file_record([Term.of(XORB)])], [XORB]))

    assert answer.status_code == 200
    assert lines(answer)[-1]["result"] == 1
    assert grants(hub, repo) == {hashlib.sha256(b"onetwothree").hexdigest()}


def test_a_file_is_given_to_the_repo_of_the_token_only(hub: Hub) -> None:
    mine, other = make_model(hub), make_model(hub, "eve", "own")
    Cas(hub, mine.id).send(XORB)
    body = shard([file_record([Term.of(XORB)])])

    assert Cas(hub, mine.id).post("v1/shards", body).status_code == 200

    assert grants(hub, other) == frozenset()


def test_knowing_the_name_of_a_foreign_xorb_gives_nothing(hub: Hub) -> None:
    mine, other = make_model(hub), make_model(hub, "eve", "own")
    Cas(hub, mine.id).send(XORB)
    Cas(hub, mine.id).post("v1/shards", shard([file_record([Term.of(XORB)])]))
    term = Term.of(XORB).but(proof=bytes(32))
    body = shard([file_record([term])])

    one = Cas(hub, other.id).post("v1/shards", body)
    two = Cas(hub, other.id).post("v2/shards", body)

    assert one.status_code == 400
    assert "is not here, or the proof" in one.json()["error"]
    assert lines(two)[-1] == {"type": "error", "message": one.json()["error"], "retryable": False}
    assert grants(hub, other) == frozenset()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "ends too early"),
        (b"x" * 200, "no shard"),
        (shard([file_record([Term.of(XORB)], sha256="ab" * 32)]), "announced was ab"),
        (shard([file_record([Term.of(XORB)], hash=b"\1" * 32)]), "have another hash"),
    ],
)
def test_a_forged_shard_is_refused_in_words(hub: Hub, body: bytes, words: str) -> None:
    repo = make_model(hub)
    cas = Cas(hub, repo.id)
    cas.send(XORB)

    one, two = cas.post("v1/shards", body), cas.post("v2/shards", body)

    assert one.status_code == 400
    assert words in one.json()["error"]
    assert words in two.text
    assert grants(hub, repo) == frozenset()


def test_a_forged_xorb_is_refused_in_words(own_hub: Hub) -> None:
    cas = Cas(own_hub, make_model(own_hub).id)

    answers = [
        cas.send(XORB, bytes(32)),
        cas.post(f"v1/xorbs/default/{in_url_form(XORB.hash)}", XORB.body()[:-1]),
        cas.post(f"v1/xorbs/default/{in_url_form(XORB.hash)}", b""),
        cas.post("v1/xorbs/default/..%2f..%2fpasswd", XORB.body()),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 404]
    assert "the xorb has the hash" in answers[0].json()["error"]
    assert not kept_xorbs(own_hub)


def test_a_body_that_is_too_long_is_refused_unread(hub: Hub) -> None:
    cas = Cas(hub, make_model(hub).id)

    xorb = cas.post(f"v1/xorbs/default/{'0' * 64}", bytes(66 * 1024**2))

    assert xorb.status_code == 400
    assert "at most" in xorb.json()["error"]


@pytest.mark.parametrize(
    ("right", "seconds", "status"), [(Right.WRITE, -1, 401), (Right.READ, 600, 403), (Right.WRITE, 600, 400)]
)
@pytest.mark.parametrize("path", ["v1/shards", "v2/shards", f"v1/xorbs/default/{'0' * 64}"])
def test_a_token_that_is_over_or_only_reads_opens_nothing(
    hub: Hub, path: str, right: Right, seconds: int, status: int
) -> None:
    answer = Cas(hub, make_model(hub).id, right, seconds).post(path)

    assert answer.status_code == status


def test_a_token_of_the_hub_opens_nothing(hub: Hub) -> None:
    headers = {"Authorization": f"Bearer {hub.person('ada').token}"}

    assert httpx.post(f"{hub.url}/api/xet/x/v1/shards", headers=headers).status_code == 401


def test_questions_about_what_others_sent_are_not_answered(hub: Hub) -> None:
    cas = Cas(hub, make_model(hub).id)
    cas.send(XORB)

    assert cas.post(f"v1/xorb-grants/default/{in_url_form(XORB.hash)}").status_code == 404
    assert httpx.get(f"{hub.url}/api/xet/x/v1/chunks/default/{in_url_form(XORB.hashes[0])}").status_code == 404
    assert httpx.post(f"{hub.url}/v1/telemetry", json={}).status_code == 204


def test_a_new_data_folder_is_a_new_generation(tmp_path: Path) -> None:
    urls = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with running_hub(tmp_path / name) as hub:
            make_model(hub)
            urls.append(ask(hub, "ada", token_url(hub)).json()["casUrl"].rpartition("/")[2])

    assert urls[0] != urls[1]
