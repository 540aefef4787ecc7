"""Names that libraries have dropped, and the last versions that have them."""

from collections.abc import Mapping

from spaceport.domain.diagnosis.names import python_package_of

_GRADIO_3, _GRADIO_4, _GRADIO_5 = "3.50.2", "4.44.1", "5.49.1"
_GRADIO_NAMES = {
    **dict.fromkeys(("inputs", "outputs", "Variable", "Box", "Carousel", "StatusTracker", "mix"), _GRADIO_3),
    **dict.fromkeys(
        ("enable_queue", "concurrency_count", "source", "tool", "interpretation", "layout", "status_update_rate"),
        _GRADIO_3,
    ),
    **dict.fromkeys(("invert_colors", "shape", "optional", "plot", "capture_session", "encrypt"), _GRADIO_3),
    **dict.fromkeys(("likeable", "bubble_full_width", "show_tips"), _GRADIO_4),
    **dict.fromkeys(
        ("show_api", "show_copy_button", "allow_flagging", "show_download_button", "ChatMessage"), _GRADIO_5
    ),
}
#: (module, name) -> a requirement whose versions still have it.
_DROPPED = {
    ("huggingface_hub", "cached_download"): "huggingface_hub<0.26",
    ("huggingface_hub", "HfFolder"): "huggingface_hub<1",
    ("huggingface_hub", "Repository"): "huggingface_hub<1",
    ("PIL.Image", "ANTIALIAS"): "pillow<10",
    ("transformers", "AdamW"): "transformers<4.50",
    ("moviepy.editor", "VideoFileClip"): "moviepy<2",
    ("pydantic", "BaseSettings"): "pydantic<2",
    ("jinja2", "Markup"): "jinja2<3.1",
    ("markupsafe", "soft_unicode"): "markupsafe<2.1",
    ("torchvision.transforms", "functional_tensor"): "torchvision<0.17",
    ("collections", "Iterable"): "a newer version of the package that imports it",
    ("numpy", "float"): "numpy<1.24",
    ("numpy", "int"): "numpy<1.24",
    ("numpy", "bool"): "numpy<1.24",
    ("numpy", "object"): "numpy<1.24",
    ("numpy", "float_"): "numpy<2",
    ("numpy", "NaN"): "numpy<2",
    ("numpy", "Inf"): "numpy<2",
    ("scipy.signal", "hann"): "scipy<1.13",
}

#: Modules that libraries have dropped -> a requirement whose versions still have them.
_DROPPED_MODULES = {
    "altair.vegalite.v4": "altair<5",
    "langchain.chains": "langchain<1",
    "langchain.prompts": "langchain<1",
    "langchain.schema": "langchain<1",
    "langchain.memory": "langchain<1",
    "langchain.text_splitter": "langchain<1",
    "moviepy.editor": "moviepy<2",
    "torchvision.transforms.functional_tensor": "torchvision<0.17",
    "openai.error": "openai<1",
}
#: Packages that many distributions put modules into: without the module, its distribution is what is missing.
_NAMESPACES = frozenset({"azure", "backports", "google", "jaraco", "mpl_toolkits", "nvidia", "ruamel", "zope"})


def gradio_version_with(words: Mapping[str, str]) -> dict[str, str]:
    """``version`` is a full version of gradio that knows the ``name``, as far as anybody knows."""
    return {"version": _GRADIO_NAMES.get(words["name"], "the version the app was written for")}


def older_version_with(words: Mapping[str, str]) -> dict[str, str]:
    """``fix`` is what to require for the ``module`` to have the ``name`` again."""
    module = words["module"]
    package = python_package_of(module.partition(".")[0])
    return {"fix": _DROPPED.get((module, words["name"]), f"an older version of {package}")}


def missing_module(words: Mapping[str, str]) -> dict[str, str]:
    """
    ``missing`` and ``fix`` for a ``module`` that could not be imported, or a ``part`` of it.

    Python names a part only where the module itself was found: that is installed then, in a version without it.
    """
    module, part = words["module"], words["part"] or ""
    package = python_package_of(module)
    if not part or module in _NAMESPACES:
        return {"missing": f"{module}, which is not installed", "fix": f"add {package} to requirements.txt"}
    if dropped := _DROPPED_MODULES.get(module + part):
        fix = f"write {dropped} into requirements.txt"
    else:
        package = package.partition("<")[0]
        fix = f"write an older version of {package} into requirements.txt, or correct the import in {words['file']}"
    return {"missing": f"{module}{part}, which {module} does not have in the version that is installed", "fix": fix}
