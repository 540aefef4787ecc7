"""A form with files on its way to disk: read as it comes, however large it is."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from spaceport.errors import BadRequest
from spaceport.repos.disk_room import with_room
from spaceport.settings import Settings
from spaceport.translating import gettext

#: Of one form.
MAX_FILES = 1_000
_MAX_FIELD_BYTES = 64 * 1024
_MAX_FIELDS = 20
_MAX_HEADER_BYTES = 8 * 1024
#: A browser's way to write these in a file's name. Source: HTML standard, "multipart/form-data".
_ESCAPED = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))


@dataclass(frozen=True)
class SentFile:
    """``name`` is the path below the chosen folder; ``path`` where the bytes lie until the request is over."""

    name: str
    path: Path


@dataclass
class SentForm:
    """Fields and files in the order in which they came."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[SentFile] = field(default_factory=list)

    def remove_files(self) -> None:
        """Those that are still there."""
        for each in self.files:
            each.path.unlink(missing_ok=True)


async def take_form(
    request: Request, settings: Settings, folder: Path, form: SentForm, check: Callable[[Mapping[str, str]], None]
) -> None:
    """
    Read the body into ``form``, whose files the caller removes. ``check`` gets the fields that came before the first
    file, and raises for a form that must not be taken.

    Raises: BadRequest, NoRoom, and what ``check`` raises.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BadRequest("this is no form with files")
    reader = _Reader(folder, form, check)
    try:
        parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": reader.begin,
                "on_header_field": reader.header_name,
                "on_header_value": reader.header_value,
                "on_header_end": reader.header_end,
                "on_headers_finished": reader.headers_finished,
                "on_part_data": reader.data,
                "on_part_end": reader.end,
                "on_end": reader.finish,
            },
        )
        async for chunk in with_room(settings, folder, request.stream()):
            # Parsing writes to the disk: not in the loop that answers everybody.
            await asyncio.to_thread(parser.write, chunk)
    except MultipartParseError as error:
        raise BadRequest("the form was damaged on its way: send it again") from error
    finally:
        reader.close()
    if not reader.is_whole:
        raise BadRequest("the form ends in the middle: send it again")


class _Reader:
    """What the parser calls."""

    def __init__(self, folder: Path, form: SentForm, check: Callable[[Mapping[str, str]], None]) -> None:
        self._folder = folder
        self._form = form
        self._check = check
        self._file: BinaryIO | None = None
        self._is_checked = self.is_whole = False
        self.begin()

    def begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value = bytearray(), bytearray()
        self._name: str | None = None
        self._field = bytearray()

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._check_header()

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_header()

    def header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"filename" not in options:
            if len(self._form.fields) >= _MAX_FIELDS:
                raise BadRequest("the form has too many fields")
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            return
        if not self._is_checked:
            self._check(self._form.fields)
            self._is_checked = True
        if not options[b"filename"]:
            # No file was chosen: browsers send one without a name.
            return
        if len(self._form.files) >= MAX_FILES:
            raise BadRequest(
                gettext(
                    "one upload may have %(limit)s files: send the others with another one, or by git",
                    limit=format(MAX_FILES, ","),
                )
            )
        sent = SentFile(_file_name(options[b"filename"]), self._folder / f"form-{secrets.token_hex(12)}")
        self._form.files.append(sent)
        self._file = sent.path.open("xb")

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(memoryview(data)[start:end])
        elif self._name is not None:
            self._field += data[start:end]
            if len(self._field) > _MAX_FIELD_BYTES:
                raise BadRequest(f"a field of this form may have {_MAX_FIELD_BYTES // 1024} KiB")

    def end(self) -> None:
        self.close()
        if self._name is not None:
            self._form.fields[self._name] = self._field.decode("utf-8", "replace")

    def finish(self) -> None:
        self.is_whole = True

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _check_header(self) -> None:
        if len(self._header) + len(self._value) > _MAX_HEADER_BYTES:
            raise BadRequest("the name of a file is too long")


def _file_name(raw: bytes) -> str:
    name = raw.decode("utf-8", "replace")
    for escaped, character in _ESCAPED:
        name = name.replace(escaped, character)
    return name
