"""Signed addresses of LFS."""

from dataclasses import replace

import pytest

from spaceport.errors import AccessDenied
from spaceport.repos.lfs.ticket import Operation, TransferTicket, seal, unseal

SHA = "ab" * 32
TICKET = TransferTicket(Operation.UPLOAD, "repo", "user", SHA, 12, 1000, 5)


def test_a_ticket_comes_back_as_it_was() -> None:
    assert unseal(seal(TICKET, "secret"), "secret", 1000, Operation.UPLOAD, SHA) == TICKET


@pytest.mark.parametrize(
    ("text", "now", "operation", "sha256"),
    [
        (seal(TICKET, "secret"), 1001, Operation.UPLOAD, SHA),
        (seal(TICKET, "secret"), 0, Operation.DOWNLOAD, SHA),
        (seal(TICKET, "secret"), 0, Operation.UPLOAD, "cd" * 32),
        (seal(TICKET, "another"), 0, Operation.UPLOAD, SHA),
        (seal(replace(TICKET, operation=Operation.VERIFY), "secret"), 0, Operation.UPLOAD, SHA),
        ("", 0, Operation.UPLOAD, SHA),
        ("é.ü", 0, Operation.UPLOAD, SHA),
        (seal(TICKET, "secret")[1:], 0, Operation.UPLOAD, SHA),
    ],
)
def test_a_ticket_that_is_over_forged_or_for_something_else_is_refused(
    text: str, now: float, operation: Operation, sha256: str
) -> None:
    with pytest.raises(AccessDenied):
        unseal(text, "secret", now, operation, sha256)
