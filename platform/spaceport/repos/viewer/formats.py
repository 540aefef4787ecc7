"""
Which way of reading the name of a file asks for.

Source: datasets 5.2, ``packaged_modules/__init__.py`` and the builders beside it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

#: Folders of media: the column that holds the file, and how its feature is called.
MEDIA = {"imagefolder": ("image", "Image"), "audiofolder": ("audio", "Audio"), "videofolder": ("video", "Video")}
#: The formats whose rows we can show; ``datasets`` knows more.
SHOWN = ("parquet", "csv", "json", "text", *MEDIA)
METADATA_NAMES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")

_MEDIA_EXTENSIONS = {
    "imagefolder": (
        "blp bmp dib bufr cur pcx dcx dds ps eps fit fits fli flc ftc ftu gbr gif grib png apng jp2 j2k jpc jpf jpx "
        "j2c icns ico im iim tif tiff jfif jpe jpg jpeg msp pcd pxr pbm pgm ppm pnm psd bw rgb rgba sgi ras tga icb "
        "vda vst webp wmf emf xbm xpm"
    ),
    "audiofolder": (
        "mpg aiff au avr caf flac htk svx mat4 mat5 mpc2k ogg paf pvf raw rf64 sd2 sds ircam voc w64 wav nist wavex "
        "wve xi mp3 opus 3gp 3g2 asf flv m4v webm f4v wmv wma ogm mxf nut"
    ),
    "videofolder": "mpeg avi mp4 mov mkv",
    # Not shown here, but not to be taken for anything else either.
    "meshfolder": "glb gltf ply stl",
    "pdffolder": "pdf",
    "niftifolder": "nii",
    "pdb": "pdb ent",
}
#: What other builders of ``datasets`` read; named so that they are told apart from files that are no data.
_OTHERS = {
    "arrow": "arrow",
    "conll": "conll conllu",
    "webdataset": "tar",
    "xml": "xml",
    "hdf5": "hdf5 h5",
    "eval": "eval",
    "harbor": "toml md",
    "lance": "lance",
    "tsfile": "tsfile",
    "vortex": "vortex",
    "fasta": "fa fasta fna ffn faa frn afa",
    "genbank": "gb gbk genbank",
    "fastq": "fq fastq",
    "mmcif": "cif mmcif",
}
_TABLES = {
    "csv": ("csv", {}),
    "tsv": ("csv", {"sep": "\t"}),
    "json": ("json", {}),
    "jsonl": ("json", {}),
    "ndjson": ("json", {}),
    "parquet": ("parquet", {}),
    "geoparquet": ("parquet", {}),
    "gpq": ("parquet", {}),
    "txt": ("text", {}),
}
#: The favourite where two extensions are equally frequent, least first.
_FAVOURITES = ("csv", "json", "jsonl", "arrow", "vortex", "lance", "parquet")
_ZIP = "zip"


def _by_extension() -> dict[str, tuple[str, dict[str, str]]]:
    found: dict[str, tuple[str, dict[str, str]]] = dict(_TABLES)
    found |= {extension: (name, {}) for name, extensions in _OTHERS.items() for extension in extensions.split()}
    for name, extensions in _MEDIA_EXTENSIONS.items():
        found |= {spelled: (name, {}) for extension in extensions.split() for spelled in (extension, extension.upper())}
    return found


READINGS: Mapping[str, tuple[str, Mapping[str, Any]]] = _by_extension()


def is_data_file(name: str) -> bool:
    """Whether any of a file's extensions is one of data."""
    return any(extension in READINGS or extension == _ZIP for extension in name.split(".")[1:])


def reading_of(paths: Sequence[str]) -> tuple[str | None, Mapping[str, Any]]:
    """
    The format of the most frequent extension, and the options that go with it; None where there is none.

    Files that only describe others count last.
    """
    counted = Counter(
        (extension.lower(), name in METADATA_NAMES)
        for name in (path.rpartition("/")[2] for path in paths)
        for extension in name.split(".")[1:]
    )
    for (extension, _), _number in sorted(counted.items(), key=_rank, reverse=True):
        if extension in READINGS:
            return READINGS[extension]
        if extension == _ZIP:
            return _ZIP, {}
    return None, {}


def files_of_format(paths: Sequence[str], format: str) -> list[str]:
    """Those that have an extension of this format somewhere, or describe files of it."""
    extensions = [extension for extension, reading in READINGS.items() if reading[0] == format]
    pattern = re.compile(rf".*\.({'|'.join(map(re.escape, [*extensions, _ZIP]))})(\..+)?")
    names = METADATA_NAMES if format in MEDIA else ()
    return [path for path in paths if pattern.fullmatch(path) or path.endswith(names)]


def is_media_file(path: str, format: str) -> bool:
    reading = READINGS.get(path.rpartition(".")[2].lower())
    return reading is not None and reading[0] == format


def _rank(item: tuple[tuple[str, bool], int]) -> tuple[bool, int, int, str]:
    (extension, is_metadata), number = item
    favour = _FAVOURITES.index(extension) if extension in _FAVOURITES else -1
    return not is_metadata, number, favour, extension
