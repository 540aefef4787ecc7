"""What becomes of a shard: files are made only of what the sender proves to have, and only under their right names."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaceport.domain.blob import Blob
from spaceport.errors import BadRequest
from spaceport.repos.xet.collecting import collect_xorbs
from spaceport.repos.xet.generation import current_generation, renew_generation
from spaceport.repos.xet.hashes import file_hash, in_url_form, possession_proof
from spaceport.repos.xet.intake import ShardIntake
from spaceport.repos.xet.library import XorbMissing, xet_folder
from spaceport.repos.xet.shard import Shard
from spaceport.repos.xet.token import Right, XetToken
from spaceport.repos.xet.xorb_files import XorbFiles
from spaceport.services import Services
from tests.unit.services import make_bench
from tests.xet_forge import PROOFS, SHA256, Term, Xorb, file_record, shard

XORB = Xorb((b"one " * 20_000, b"two", b"three", b"four"))
OTHER = Xorb((b"five", b"six"))


def sha_of(*terms: Term) -> str:
    return hashlib.sha256(b"".join(chunk for term in terms for chunk in term.chunks)).hexdigest()


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return make_bench(tmp_path / "data").services


class LateClock:
    """Two days after the real time, by which files are dated."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=2)


def send(services: Services, *xorbs: Xorb) -> XorbFiles:
    files = XorbFiles(xet_folder(services))
    for xorb in xorbs:
        body = files.incoming / "body"
        body.write_bytes(xorb.body(1) + b"XETBLOB")
        files.add(body, in_url_form(xorb.hash))
    return files


def token_of(repo_id: str) -> XetToken:
    return XetToken(repo_id, Right.WRITE, 0, "ada")


def take(services: Services, body: bytes, repo_id: str = "repo") -> None:
    assert list(ShardIntake(services, token_of(repo_id), Shard(body)).take())


def stored(services: Services, sha256: str) -> bytes | None:
    if services.objects.size(sha256) is None:
        return None
    with services.objects.open_file(sha256) as file:
        return file.read()


def is_granted(services: Services, sha256: str, repo_id: str = "repo") -> bool:
    with services.database.read() as tx:
        return tx.blobs.is_granted(repo_id, sha256)


def test_a_file_is_made_of_its_terms_and_given_to_the_repo_of_the_token(services: Services) -> None:
    send(services, XORB, OTHER)
    terms = [Term.of(OTHER, 1), Term.of(XORB), Term.of(XORB, 1, 2), Term.of(OTHER, 0, 1)]

    take(services, shard([file_record(terms)], [XORB, OTHER]))

    sha256 = sha_of(*terms)
    assert stored(services, sha256) == b"".join(chunk for term in terms for chunk in term.chunks)
    assert is_granted(services, sha256)
    assert not is_granted(services, sha256, "another")
    with services.database.read() as tx:
        blob = tx.blobs.get(sha256)
        assert blob is not None
        assert tx.blobs.by_xet_hash(blob.xet_hash or "") == blob


def test_progress_ends_where_it_says(services: Services) -> None:
    send(services, XORB)
    body = shard([file_record([Term.of(XORB), Term.of(XORB, 0, 1)])])

    steps = list(ShardIntake(services, token_of("repo"), Shard(body)).take())

    assert (steps[0].done, steps[0].total) == (0, 4)
    assert steps[-1].done == steps[-1].total


def test_a_file_that_came_by_lfs_is_the_same_file(services: Services) -> None:
    sha256, size = sha_of(Term.of(XORB)), Term.of(XORB).raw_bytes
    with services.database.begin() as tx:
        tx.blobs.add(Blob(sha256, size, None, services.clock.now()))
    send(services, XORB)

    take(services, shard([file_record([Term.of(XORB)])]))

    with services.database.read() as tx:
        blob = tx.blobs.get(sha256)
    assert blob is not None
    assert blob.xet_hash == in_url_form(file_hash(XORB.hash))
    assert [each.sha256 for each, _ in services.objects.all()] == [sha256]


def test_a_file_without_a_sha256_gets_its_own(services: Services) -> None:
    send(services, XORB)

    take(services, shard([file_record([Term.of(XORB)], flags=PROOFS)]))

    assert is_granted(services, sha_of(Term.of(XORB)))


def test_the_empty_file_is_passed_over(services: Services) -> None:
    take(services, shard([file_record([], flags=PROOFS | SHA256, sha256="0" * 64, hash=bytes(32))]))

    assert list(services.objects.all()) == []


def test_a_xorb_that_became_files_is_not_kept_but_can_still_be_named(services: Services) -> None:
    files = send(services, XORB)
    take(services, shard([file_record([Term.of(XORB, 0, 3)]), file_record([Term.of(XORB, 2, 4)])], [XORB]))
    assert files.index(XORB.hash) is None

    terms = [Term.of(XORB, 1, 4), Term.of(XORB, 0, 1)]
    take(services, shard([file_record(terms)], [XORB]), "another")

    assert stored(services, sha_of(*terms)) == b"".join(XORB.chunks[1:] + XORB.chunks[:1])
    assert is_granted(services, sha_of(*terms), "another")


def test_a_xorb_of_which_something_is_in_no_file_is_kept(services: Services) -> None:
    files = send(services, XORB)

    take(services, shard([file_record([Term.of(XORB, 0, 3)])]))

    assert files.index(XORB.hash) is not None


def test_the_same_file_again_is_not_written_again(services: Services) -> None:
    send(services, XORB)
    body = shard([file_record([Term.of(XORB)])], [XORB])
    take(services, body)
    (before, since), *_ = list(services.objects.all())

    take(services, body, "another")

    assert list(services.objects.all()) == [(before, since)]
    assert is_granted(services, before.sha256, "another")


MANY = [Xorb(tuple(b"%d/%d " % (number, chunk) * 50 for chunk in range(6))) for number in range(3)]
TERMS = st.builds(
    lambda xorb, first, count: Term.of(MANY[xorb], first, min(6, first + count)),
    st.integers(0, 2),
    st.integers(0, 5),
    st.integers(1, 6),
)
SHARDS = st.lists(st.lists(st.lists(TERMS, min_size=1, max_size=4), min_size=1, max_size=3), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None)
@given(SHARDS)
def test_any_files_of_any_chunks_come_out_as_they_went_in(shards: list[list[list[Term]]]) -> None:
    """Xorbs go when they are covered, in between: what is named afterwards is read from large files."""
    with TemporaryDirectory() as folder:
        services = make_bench(Path(folder) / "data").services
        send(services, *MANY)
        for files in shards:
            take(services, shard([file_record(terms) for terms in files]))

            for terms in files:
                expected = b"".join(chunk for term in terms for chunk in term.chunks)
                assert stored(services, sha_of(*terms)) == expected
        services.database.close()


WRONG_PROOF = possession_proof(b"\0" * 32)


@pytest.mark.parametrize(
    "body",
    [
        shard([file_record([Term.of(OTHER)])]),
        shard([file_record([Term.of(XORB).but(proof=WRONG_PROOF)])]),
        shard([file_record([Term.of(XORB)], flags=SHA256)]),
        shard([file_record([Term.of(XORB, 0, 2).but(end=3)])]),
        shard([file_record([Term.of(XORB).but(end=5)])]),
        shard([file_record([Term.of(XORB).but(raw_bytes=7)])]),
        shard([file_record([Term.of(XORB)])], [OTHER]),
    ],
    ids=["no such xorb", "wrong proof", "no proof", "proof of less", "too many chunks", "wrong length", "unsent xorb"],
)
def test_who_does_not_prove_to_have_the_chunks_gets_nothing_and_learns_nothing(services: Services, body: bytes) -> None:
    send(services, XORB)

    with pytest.raises(XorbMissing, match="is not here, or the proof that you have its chunks is wrong"):
        take(services, body)

    assert list(services.objects.all()) == []
    assert list(services.objects.staging.iterdir()) == []


def test_a_xorb_described_wrongly_is_refused(services: Services) -> None:
    send(services, XORB)
    liar = replace(XORB, chunks=(*XORB.chunks[:3], b"4our"))
    body = shard([], [liar]).replace(liar.hash, XORB.hash)

    with pytest.raises(XorbMissing):
        take(services, body)


def test_a_file_with_another_hash_is_refused(services: Services) -> None:
    send(services, XORB)

    with pytest.raises(BadRequest, match="have another hash"):
        take(services, shard([file_record([Term.of(XORB)], hash=b"\1" * 32)]))


@pytest.mark.parametrize("is_known", [False, True])
def test_a_file_with_another_sha256_is_refused(services: Services, is_known: bool) -> None:
    send(services, XORB)
    if is_known:
        take(services, shard([file_record([Term.of(XORB)])]))

    with pytest.raises(BadRequest, match="announced was ab"):
        take(services, shard([file_record([Term.of(XORB)], sha256="ab" * 32)]), "another")

    assert not is_granted(services, sha_of(Term.of(XORB)), "another")
    assert not is_granted(services, "ab" * 32, "another")


def test_a_file_of_too_many_bytes_is_refused_before_it_is_written(services: Services) -> None:
    send(services, XORB)
    small = replace(services, settings=replace(services.settings, max_large_file_bytes=90_000))

    with pytest.raises(BadRequest, match="takes files up to"):
        take(small, shard([file_record([Term.of(XORB)] * 2)]))


def test_what_was_lost_is_asked_for_again(services: Services) -> None:
    send(services, XORB)
    take(services, shard([file_record([Term.of(XORB)])]))
    services.objects.remove(sha_of(Term.of(XORB)))

    with pytest.raises(XorbMissing):
        take(services, shard([file_record([Term.of(XORB, 1)])]))


def test_a_xorb_under_another_name_is_refused_and_nothing_is_left(services: Services) -> None:
    files = XorbFiles(xet_folder(services))
    (files.incoming / "body").write_bytes(XORB.body())

    with pytest.raises(BadRequest, match="the xorb has the hash"):
        files.add(files.incoming / "body", in_url_form(OTHER.hash))

    assert [path.name for path in files.incoming.iterdir()] == ["body"]
    assert files.index(OTHER.hash) is None


def test_xorbs_that_nobody_used_go_after_a_day(services: Services) -> None:
    files = send(services, XORB)

    collect_xorbs(services)
    assert files.index(XORB.hash) is not None

    late = replace(services, clock=LateClock())
    collect_xorbs(late)
    assert files.index(XORB.hash) is None


def test_clients_begin_anew_when_a_file_took_its_chunks_with_it(services: Services) -> None:
    send(services, XORB)
    take(services, shard([file_record([Term.of(XORB)])]))
    generation = current_generation(xet_folder(services))
    collect_xorbs(services)
    assert current_generation(xet_folder(services)) == generation

    with services.database.begin() as tx:
        tx.blobs.remove(sha_of(Term.of(XORB)))
    collect_xorbs(services)

    assert current_generation(xet_folder(services)) != generation


def test_a_generation_ends_once(services: Services) -> None:
    folder = xet_folder(services)
    first = current_generation(folder)
    renew_generation(folder, first)
    second = current_generation(folder)

    renew_generation(folder, first)

    assert first != second == current_generation(folder)
