"""Style sheets, scripts and pictures: served from addresses that change with their contents."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}
_FOLDER = Path(__file__).parent / "static"
#: The style sheets of all pages, in order: browsers load them as one.
_SHEETS = (
    "tokens.css",
    "base.css",
    "parts.css",
    "space.css",
    "tables.css",
    "deployments.css",
    "settings.css",
    "discussions.css",
    "files.css",
    "code.css",
    "rows.css",
    "lists.css",
    "docs.css",
    "modes.css",
)
_ALL_SHEETS = "all.css"


@dataclass(frozen=True)
class Assets:
    """
    All static files, read once.

    One digest over all of them is part of every address, so that scripts can import each other by relative path and
    browsers may keep them for ever. ``packed`` holds those that gzip makes smaller, by it.
    """

    files: dict[str, bytes]
    packed: dict[str, bytes]
    digest: str

    def url(self, name: str) -> str:
        """Raises: KeyError for a file that is not there, so that a wrong name shows in the first test."""
        if name not in self.files:
            raise KeyError(name)
        return f"/static/{self.digest}/{name}"

    def sdk_icon(self, sdk: str) -> str:
        """The picture of a kind of Space; templates that somebody added share one."""
        name = f"sdk-{sdk}.svg"
        return self.url(name if name in self.files else "sdk-other.svg")


def load_assets(folder: Path = _FOLDER) -> Assets:
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
    files[_ALL_SHEETS] = b"\n".join(files[name] for name in _SHEETS)
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    packed = {name: gzip.compress(content, mtime=0) for name, content in files.items()}
    packed = {name: content for name, content in packed.items() if len(content) < len(files[name])}
    return Assets(files, packed, digest.hexdigest()[:12])


def make_router(assets: Assets) -> APIRouter:
    router = APIRouter()

    @router.api_route("/static/{digest}/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    def asset(request: Request, digest: str, name: str) -> Response:
        content = assets.files.get(name)
        if content is None:
            return PlainTextResponse("no such file", status_code=404)
        # An old address may be asked for by a page from before an update: give what there is, but not for keeps.
        lifetime = "public, max-age=31536000, immutable" if digest == assets.digest else "no-cache"
        headers = {"Cache-Control": lifetime, "ETag": f'"{assets.digest}"', "X-Content-Type-Options": "nosniff"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if name in assets.packed:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                content = assets.packed[name]
                headers["Content-Encoding"] = "gzip"
        return Response(content, media_type=_TYPES[Path(name).suffix], headers=headers)

    return router
