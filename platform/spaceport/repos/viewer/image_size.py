"""Width and height of an image, from the beginning of its file; nothing is decoded."""

import struct
from collections.abc import Iterator

#: Enough for the headers of nearly all photos.
HEADER_BYTES = 64 * 1024
_PNG, _GIF, _BMP = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a"), b"BM"
#: Markers of JPEG that begin a frame. Source: ITU-T T.81, table B.1.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def image_size(start: bytes) -> tuple[int, int] | None:
    """None for what is not PNG, JPEG, GIF, WebP or BMP, or is cut off before it says so."""
    try:
        if start.startswith(_PNG):
            return _unpack(">II", start, 16)
        if start.startswith(_GIF):
            return _unpack("<HH", start, 6)
        if start.startswith(b"\xff\xd8"):
            return next(_jpeg_frames(start), None)
        if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
            return _webp(start)
        if start.startswith(_BMP):
            width, height = _unpack("<ii", start, 18)
            return width, abs(height)
    except struct.error:
        return None
    return None


def _unpack(layout: str, content: bytes, offset: int) -> tuple[int, int]:
    first, second = struct.unpack_from(layout, content, offset)
    return int(first), int(second)


def _jpeg_frames(start: bytes) -> Iterator[tuple[int, int]]:
    position = 2
    while position + 4 <= len(start):
        mark, kind, length = struct.unpack_from(">BBH", start, position)
        if mark != 0xFF:
            return
        if kind == 0xFF:
            # A byte of filling.
            position += 1
        elif kind in _FRAMES:
            height, width = _unpack(">HH", start, position + 5)
            yield width, height
            return
        else:
            position += 2 + length


def _webp(start: bytes) -> tuple[int, int] | None:
    """Source: RFC 9649, sections 2.5 to 2.7."""
    kind = start[12:16]
    if kind == b"VP8X" and len(start) >= 30:
        width, height = (int.from_bytes(start[at : at + 3], "little") for at in (24, 27))
        return width + 1, height + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", start, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = _unpack("<HH", start, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
