"""
The files a repo is made with: those that came with the request (huggingface.js), and a card with the licence asked for.

Source: hub-api.md section 4 (``files``, ``license``).
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import BadRequest
from spaceport.repos.commits.operations import AddFile, Operation, check_operations
from spaceport.repos.commits.write import write_commit
from spaceport.repos.first_card import card_of_license
from spaceport.repos.paths import MAIN
from spaceport.services import Services

_CARD = "README.md"


class FirstFile(BaseModel):
    path: str
    content: str
    encoding: Literal["base64", "utf-8"] = "base64"

    def content_bytes(self) -> bytes:
        """Raises: BadRequest."""
        try:
            return base64.b64decode(self.content, validate=True) if self.encoding == "base64" else self.content.encode()
        except (binascii.Error, ValueError) as error:
            raise BadRequest(f'"content" of {self.path[:200]!r} is no {self.encoding}') from error


def first_operations(files: Sequence[FirstFile], license_id: str | None, max_file_bytes: int) -> list[Operation]:
    """Raises: BadRequest."""
    contents = {each.path: each.content_bytes() for each in files}
    if license_id and _CARD not in contents:
        contents[_CARD] = card_of_license(license_id)
    for path, content in contents.items():
        if len(content) > max_file_bytes:
            raise BadRequest(f"{path[:200]!r} has more than {max_file_bytes:,} bytes: upload it to the repo afterwards")
    operations: list[Operation] = [AddFile(path, content) for path, content in contents.items()]
    check_operations(operations)
    return operations


def write_first_files(services: Services, repo: Repo | Space, caller: Caller, operations: Sequence[Operation]) -> None:
    """Checked like a push. Raises: BadRequest and what else ``write_commit`` raises."""
    if operations:
        write_commit(services, repo, caller, MAIN, operations, "Add the first files")
