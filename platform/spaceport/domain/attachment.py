"""Pictures, films and sounds that people attach to what they say in discussions."""

from dataclasses import dataclass
from datetime import datetime

from spaceport.errors import BadRequest

#: Of all attachments of one person together.
MAX_PERSON_BYTES = 2 * 1024**3
_PICTURE_BYTES, _FILM_BYTES = 10 * 1024**2, 50 * 1024**2
#: How many bytes ``check_start`` wants to see.
START_BYTES = 16


@dataclass(frozen=True)
class AttachmentType:
    """``suffix`` ends the address; ``max_bytes`` is the Hub's limit."""

    media_type: str
    suffix: str
    max_bytes: int


#: Source: huggingface_hub ``HfApi.upload_attachment`` (what it sends, and how much is allowed).
TYPES = {
    each.media_type: each
    for each in (
        AttachmentType("image/png", "png", _PICTURE_BYTES),
        AttachmentType("image/jpeg", "jpg", _PICTURE_BYTES),
        AttachmentType("image/gif", "gif", _PICTURE_BYTES),
        AttachmentType("image/webp", "webp", _PICTURE_BYTES),
        AttachmentType("video/mp4", "mp4", _FILM_BYTES),
        AttachmentType("video/quicktime", "mov", _FILM_BYTES),
        AttachmentType("video/webm", "webm", _FILM_BYTES),
        AttachmentType("audio/mpeg", "mp3", _PICTURE_BYTES),
        AttachmentType("audio/wav", "wav", _PICTURE_BYTES),
    )
}


@dataclass(frozen=True)
class Attachment:
    """
    One row per attachment. Whoever knows its address may read it: the id is random and long, as the Hub's are.

    ``blob_id`` is the SHA-256 of its bytes, which are kept like those of large files.
    """

    id: str
    blob_id: str
    media_type: str
    size_bytes: int
    author_id: str
    created_at: datetime

    @property
    def name(self) -> str:
        return f"{self.id}.{TYPES[self.media_type].suffix}"


def check_type(content_type: str) -> AttachmentType:
    """Raises: BadRequest."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in TYPES:
        raise BadRequest(f'"Content-Type" must be one of [{", ".join(TYPES)}]; given: {media_type[:50]}')
    return TYPES[media_type]


def check_start(kind: AttachmentType, start: bytes) -> None:
    """
    Refuse what does not begin like a file of its type: a page, say. Raises: BadRequest.

    Source: WHATWG MIME Sniffing, section 6.
    """
    family = kind.media_type.partition("/")[0]
    is_right = {
        "image/png": start.startswith(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg": start.startswith(b"\xff\xd8\xff"),
        "image/gif": start.startswith((b"GIF87a", b"GIF89a")),
        "image/webp": start.startswith(b"RIFF") and start[8:12] == b"WEBP",
        "video/mp4": start[4:8] == b"ftyp",
        "video/quicktime": start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"),
        "video/webm": start.startswith(b"\x1a\x45\xdf\xa3"),
        "audio/mpeg": start.startswith(b"ID3") or (start[:1] == b"\xff" and len(start) > 1 and start[1] & 0xE0 == 0xE0),
        "audio/wav": start.startswith(b"RIFF") and start[8:12] == b"WAVE",
    }[kind.media_type]
    if not is_right:
        raise BadRequest(f"this is no {family} of the type {kind.media_type}")
