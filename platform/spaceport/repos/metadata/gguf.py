"""What the header of a GGUF file tells of its model. Source: ggml ``docs/gguf.md``, versions 2 and 3."""

import re
import struct
from typing import Any

from spaceport.domain.front_matter import json_safe
from spaceport.repos.metadata.repo_files import RepoFiles

_MAGIC, _VERSIONS = b"GGUF", (2, 3)
#: Of one header: the vocabulary is in it.
_MAX_HEADER_BYTES = 64 * 1024**2
#: Values, items of lists and tensors that are looked at, together.
_MAX_ITEMS = 2_000_000
_MAX_TEXT = 100_000
_MAX_SHARDS = 100
_STRING, _ARRAY = 8, 9
#: Of each type of a value how ``struct`` reads it.
_FORMATS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_SHARD = re.compile(r"(.+)-00001-of-(\d{5})\.gguf")
_TOKENS = "tokenizer.ggml.tokens"


def gguf_of(files: RepoFiles) -> dict[str, Any] | None:
    """
    ``{"total": parameters, "architecture", "context_length"?, "chat_template"?, "bos_token"?, "eos_token"?}`` of the
    first file at the root; None when there is none, or it cannot be read.

    Source: huggingface.js ``packages/hub/src/types/api/api-model.ts``.
    """
    # What sees for a model that reads is a file of its own beside it.
    paths = sorted(path for path in files.paths if path.endswith(".gguf") and "/" not in path)
    first = next((path for path in paths if not path.startswith("mmproj")), None)
    if first is None:
        return None
    try:
        headers = [_Header(files.start(path, 0, _MAX_HEADER_BYTES) or b"") for path in _shards(first)]
    except (struct.error, ValueError, UnicodeDecodeError):
        return None
    values, total = headers[0].values, sum(header.parameters for header in headers)
    architecture = values.get("general.architecture")
    # What does not fit into the column of a database is no model.
    if not isinstance(architecture, str) or not 0 < total < 2**60:
        return None
    found = {
        "architecture": architecture,
        "context_length": values.get(f"{architecture}.context_length"),
        "chat_template": values.get("tokenizer.chat_template"),
        "bos_token": headers[0].token("tokenizer.ggml.bos_token_id"),
        "eos_token": headers[0].token("tokenizer.ggml.eos_token_id"),
    }
    safe: dict[str, Any] = json_safe({key: value for key, value in found.items() if value is not None})
    return {"total": total, **safe}


def _shards(first: str) -> list[str]:
    found = _SHARD.fullmatch(first)
    if found is None:
        return [first]
    number = min(int(found[2]), _MAX_SHARDS)
    return [f"{found[1]}-{each:05d}-of-{found[2]}.gguf" for each in range(1, number + 1)]


class _Header:
    """
    ``values`` are its single ones; of lists the tokens alone are kept.

    Raises: ValueError, struct.error for what is no such file, or one that ends before its header does.
    """

    def __init__(self, content: bytes) -> None:
        self._content, self._place, self._items = content, 0, 0
        self.values: dict[str, Any] = {}
        self.tokens: list[bytes] = []
        if self._bytes(4) != _MAGIC or self._number("<I") not in _VERSIONS:
            raise ValueError("not a GGUF file")
        tensors, values = self._number("<Q"), self._number("<Q")
        for _ in range(self._counted(values)):
            self._read_value()
        self.parameters = sum(self._tensor() for _ in range(self._counted(tensors)))

    def token(self, key: str) -> str | None:
        number = self.values.get(key)
        if not isinstance(number, int) or not 0 <= number < len(self.tokens):
            return None
        return self.tokens[number].decode("utf-8", "replace")[:_MAX_TEXT]

    def _read_value(self) -> None:
        key, kind = self._text().decode("utf-8"), self._number("<I")
        if kind != _ARRAY:
            self.values[key] = self._value(kind)
            return
        kind, length = self._number("<I"), self._number("<Q")
        if kind == _STRING:
            items = [self._text() for _ in range(self._counted(length))]
            self.tokens = items if key == _TOKENS else self.tokens
        else:
            # Lists of lists are in no model.
            self._bytes(struct.calcsize(_format(kind)) * length)

    def _value(self, kind: int) -> Any:
        return self._text().decode("utf-8", "replace")[:_MAX_TEXT] if kind == _STRING else self._number(_format(kind))

    def _tensor(self) -> int:
        self._text()
        number = 1
        for _ in range(self._counted(self._number("<I"))):
            number *= self._number("<Q")
        self._bytes(4 + 8)
        return number

    def _text(self) -> bytes:
        return self._bytes(self._number("<Q"))

    def _number(self, kind: str) -> Any:
        (value,) = struct.unpack_from(kind, self._content, self._place)
        self._place += struct.calcsize(kind)
        return value

    def _bytes(self, length: int) -> bytes:
        end = self._place + length
        if end > len(self._content):
            raise ValueError("it ends too early")
        start, self._place = self._place, end
        return self._content[start:end]

    def _counted(self, number: int) -> int:
        self._items += number
        if self._items > _MAX_ITEMS:
            raise ValueError("too much in it")
        return number


def _format(kind: int) -> str:
    """Raises: ValueError."""
    if kind not in _FORMATS:
        raise ValueError("an unknown type of value")
    return _FORMATS[kind]
