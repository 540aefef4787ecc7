"""
A dataset in Croissant, the JSON-LD that search engines and ML tools read.

Source: https://docs.mlcommons.org/croissant/docs/croissant-spec.html, version 1.1.
"""

from collections.abc import Mapping
from typing import Any

from spaceport.domain.repo import Repo
from spaceport.repos.viewer.viewer import Abouts

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "key": "cr:key",
    "md5": "cr:md5",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "repeated": "cr:repeated",
    "sc": "https://schema.org/",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_DATA_TYPES = (
    ("bool", "sc:Boolean"),
    ("int", "cr:Int64"),
    ("uint", "cr:UInt64"),
    ("float32", "cr:Float32"),
    ("float", "cr:Float64"),
    ("timestamp", "sc:DateTime"),
    ("date", "sc:Date"),
)

_FORMATS = {
    "parquet": "application/x-parquet",
    "csv": "text/csv",
    "json": "application/jsonlines",
    "text": "text/plain",
    "imagefolder": "image/*",
    "audiofolder": "audio/*",
    "videofolder": "video/*",
}
_MAX_INCLUDES = 1000


def croissant_json(repo: Repo, abouts: Abouts, base: str) -> dict[str, Any]:
    """Below ``base``, the address of the hub."""
    url = f"{base}/datasets/{repo.full_name}"
    distribution: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": "repo",
            "name": "repo",
            "description": "The git repository of the dataset.",
            "contentUrl": url,
            "encodingFormat": "git+https",
            # The standard asks for one of every file; a repository has none.
            "sha256": "https://github.com/mlcommons/croissant/issues/80",
        }
    ]
    records = []
    known = {table.config.name: (table, about) for table, about in reversed(abouts.known)}
    for name, (table, about) in sorted(known.items(), key=lambda item: item[0]):
        files = f"files-of-config-{name}"
        paths = [path for split in table.config.splits for path in split.files]
        distribution.append(
            {
                "@type": "cr:FileSet",
                "@id": files,
                "containedIn": {"@id": "repo"},
                "encodingFormat": _FORMATS.get(table.config.format, "application/octet-stream"),
                "includes": sorted(set(paths))[:_MAX_INCLUDES],
            }
        )
        splits = ", ".join(split.name for split in table.config.splits)
        records.append(
            {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                "description": f"{repo.full_name} - '{name}' (splits: {splits})"[:1000],
                "field": [_field(name, files, column, feature) for column, feature in about.features.items()],
            }
        )
    values: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": repo.name,
        "description": repo.description,
        "url": url,
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "creator": {"@type": "Person", "name": repo.owner, "url": f"{base}/{repo.owner}"},
        "keywords": repo.tags,
        "datePublished": repo.created_at.isoformat(),
        "distribution": distribution,
        "recordSet": records,
    }
    license = repo.card.get("license")
    return values | ({"license": license} if isinstance(license, str) else {})


def _field(config: str, files: str, column: str, feature: Any) -> dict[str, Any]:
    kind = feature.get("_type") if isinstance(feature, Mapping) else "List"
    source: dict[str, Any] = {"fileSet": {"@id": files}, "extract": {"column": column}}
    field: dict[str, Any] = {"@type": "cr:Field", "@id": f"{config}/{column}", "dataType": _data_type(feature)}
    if kind in ("List", "LargeList", "Sequence"):
        inside = feature.get("feature") if isinstance(feature, Mapping) else feature[0]
        field |= {"dataType": _data_type(inside), "isArray": True, "arrayShape": "-1"}
    elif kind == "Image":
        source["transform"] = {"jsonPath": "bytes"}
    return field | {"source": source}


def _data_type(feature: Any) -> str:
    kind = feature.get("_type") if isinstance(feature, Mapping) else None
    if kind in ("Image", "Audio"):
        return "sc:ImageObject" if kind == "Image" else "sc:AudioObject"
    if kind == "ClassLabel":
        return "cr:Int64"
    dtype = str(feature.get("dtype") or "") if kind == "Value" else ""
    return next((name for start, name in _DATA_TYPES if dtype.startswith(start)), "sc:Text")
