"""What kind of image, sound or film a file is, by its first bytes; never by what somebody called it."""

from collections.abc import Sequence

#: Extension, media type, offset and bytes there.
_SIGNS: Sequence[tuple[str, str, int, bytes]] = (
    ("png", "image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("jpg", "image/jpeg", 0, b"\xff\xd8\xff"),
    ("gif", "image/gif", 0, b"GIF8"),
    ("webp", "image/webp", 8, b"WEBP"),
    ("bmp", "image/bmp", 0, b"BM"),
    ("tiff", "image/tiff", 0, b"II*\x00"),
    ("tiff", "image/tiff", 0, b"MM\x00*"),
    ("wav", "audio/wav", 8, b"WAVE"),
    ("flac", "audio/flac", 0, b"fLaC"),
    ("ogg", "audio/ogg", 0, b"OggS"),
    ("mp3", "audio/mpeg", 0, b"ID3"),
    ("mp3", "audio/mpeg", 0, b"\xff\xfb"),
    ("mp3", "audio/mpeg", 0, b"\xff\xf3"),
    ("mp4", "video/mp4", 4, b"ftyp"),
    ("webm", "video/webm", 0, b"\x1aE\xdf\xa3"),
)
UNKNOWN = "bin"
_TYPES = {extension: media_type for extension, media_type, _, _ in _SIGNS}


def extension_of(start: bytes) -> str:
    """``bin`` for what is none of those that browsers show."""
    for extension, _, offset, sign in _SIGNS:
        if start[offset : offset + len(sign)] == sign:
            return extension
    return UNKNOWN


def media_type_of(extension: str) -> str:
    return _TYPES.get(extension, "application/octet-stream")
