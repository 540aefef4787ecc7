"""Images and sounds in the rows of an answer, at addresses that only this hub can make."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spaceport.domain.access import Action, can
from spaceport.domain.account import ANONYMOUS
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.viewer.asset_ticket import AssetTicket, expiry, seal
from spaceport.repos.viewer.media_type import media_type_of
from spaceport.repos.viewer.table import Table
from spaceport.services import Services

#: Where all of the viewer is, below the address of the hub.
PREFIX = "/datasets-server"
#: From what a worker says of an image or sound to the address of its file; None when there is none.
Addresses = Callable[[Mapping[str, Any]], str | None]


def addresses_of(services: Services, repo: Space | Repo, table: Table, base: str) -> Addresses:
    """Below ``base``, the address of the hub as the client knows it."""
    is_public = can(ANONYMOUS, Action.FETCH, repo)
    expires_at = expiry(services.clock.now().timestamp())

    def address(media: Mapping[str, Any]) -> str | None:
        if "asset" in media:
            split = (table.config.name, table.split.name)
            ticket = AssetTicket(repo.id, table.dataset.sha, is_public, expires_at, split=split, asset=media["asset"])
        elif "path" in media:
            ticket = AssetTicket(repo.id, table.dataset.sha, is_public, expires_at, path=media["path"])
        else:
            return None
        return f"{base}{PREFIX}/assets/{seal(ticket, services.internal_secret)}"

    return address


def rows_with_media(answer: Mapping[str, Any], addresses: Addresses) -> list[dict[str, Any]]:
    """The rows with images and sounds in their places."""
    rows: list[dict[str, Any]] = answer["rows"]
    for media in answer["media"]:
        source = addresses(media)
        if source is not None:
            _put(rows[media["row"]]["row"], media["at"], _media_cell(media, source))
    return rows


def _media_cell(media: Mapping[str, Any], source: str) -> Any:
    if media["type"] == "Image":
        return {"src": source, "height": media.get("height"), "width": media.get("width")}
    extension = str(media.get("asset") or media.get("path")).rpartition(".")[2].lower()
    return [{"src": source, "type": media_type_of(extension)}] if media["type"] == "Audio" else {"src": source}


def _put(cells: Any, at: Sequence[str | int], value: Any) -> None:
    for step in at[:-1]:
        cells = cells[step]
    cells[at[-1]] = value
