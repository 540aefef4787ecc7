"""How many organizations one may govern, and that somebody always governs each."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spaceport.domain.account import OrgRole, User
from spaceport.errors import AccessDenied, Conflict
from spaceport.organizations import create_organization, put_member, remove_member
from tests.unit.services import Bench, make_bench


def ada_of(bench: Bench) -> User:
    assert bench.owner.user is not None
    return bench.owner.user


def test_who_governs_many_organizations_makes_no_more(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    ada = ada_of(bench)
    first = create_organization(bench.services, "first", ada, most=1)
    with pytest.raises(AccessDenied, match="1 is the limit"):
        create_organization(bench.services, "second", ada, most=1)
    with bench.services.database.begin() as tx:
        put_member(bench.services, tx, first, "eve", "admin")
        put_member(bench.services, tx, first, "ada", "write")

    assert create_organization(bench.services, "second", ada, most=1).name == "second"


def test_two_admins_who_leave_at_once_do_not_both_get_away(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    services = bench.services
    org = create_organization(services, "acme", ada_of(bench))
    with services.database.begin() as tx:
        put_member(services, tx, org, "eve", "admin")
    together = threading.Barrier(2)

    def leave(name: str) -> bool:
        together.wait(30)
        try:
            with services.database.begin() as tx:
                remove_member(tx, org, name)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        gone = list(pool.map(leave, ("ada", "eve")))
    with services.database.read() as tx:
        left = tx.accounts.members(org.id)
    assert sorted(gone) == [False, True]
    assert [each.role for each in left] == [OrgRole.ADMIN]
