"""
The .gitattributes of a new repo: what goes to LFS from the first push on.

Source: the .gitattributes of new repos of the public Hub; tests of huggingface.js rely on ``*.lfs.*``.
"""

from spaceport.domain.repo import RepoType

_WEIGHTS_ARCHIVES_AND_TABLES = """
*.7z *.arrow *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.* *.mlmodel *.model *.msgpack *.npy *.npz *.onnx *.ot
*.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors saved_model/**/* *.tar.* *.tar *.tflite *.tgz *.wasm *.xz
*.zip *.zst *tfevents*
""".split()  # noqa: SIM905
#: Sounds and pictures, of which a dataset has many.
_MEDIA = """
*.aac *.bmp *.flac *.gif *.jpeg *.jpg *.lz4 *.mds *.mp3 *.mp4 *.ogg *.pcm *.png *.raw *.sam *.tiff *.wav *.webm *.webp
""".split()  # noqa: SIM905


def first_attributes(kind: RepoType) -> str:
    """By the type of the repo."""
    patterns = _WEIGHTS_ARCHIVES_AND_TABLES + (_MEDIA if kind is RepoType.DATASET else [])
    return "".join(f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in patterns)
