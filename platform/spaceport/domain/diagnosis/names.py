"""Which package a module, library, program or header comes from, where the names differ."""

from collections.abc import Mapping

#: Python packages that have another name than their module.
_PYTHON_PACKAGES = {
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "docx": "python-docx",
    "pptx": "python-pptx",
    "dateutil": "python-dateutil",
    "Crypto": "pycryptodome",
    "jwt": "pyjwt",
    "serial": "pyserial",
    "magic": "python-magic",
    "OpenSSL": "pyopenssl",
    "attr": "attrs",
    "git": "gitpython",
    "googleapiclient": "google-api-python-client",
    "faiss": "faiss-cpu",
    "whisper": "openai-whisper",
    "sentence_transformers": "sentence-transformers",
    "pkg_resources": "setuptools<81",
    "distutils": "setuptools",
    "mpl_toolkits": "matplotlib",
    "umap": "umap-learn",
    "Levenshtein": "levenshtein",
    "pytorch_lightning": "pytorch-lightning",
    "langchain_core": "langchain-core",
    "imblearn": "imbalanced-learn",
    "MySQLdb": "mysqlclient",
    "psycopg2": "psycopg2-binary",
    "win32api": "pywin32",
    "ffmpeg": "ffmpeg-python",
    "moviepy": "moviepy<2",
    "tensorflow_hub": "tensorflow-hub",
    "usb": "pyusb",
    "zmq": "pyzmq",
    # What newer Pythons have no more. Source: PEP 594, and the packages that carry these modules on.
    "aifc": "standard-aifc",
    "asynchat": "pyasynchat",
    "asyncore": "pyasyncore",
    "audioop": "audioop-lts",
    "pyaudioop": "audioop-lts",
    "cgi": "legacy-cgi",
    "cgitb": "legacy-cgi",
    "crypt": "crypt-r",
    "imghdr": "standard-imghdr",
    "sndhdr": "standard-sndhdr",
    "sunau": "standard-sunau",
    "telnetlib": "standard-telnetlib",
}
#: A pattern of modules that people write themselves rather than install.
OWN_MODULES = (
    "apps?|common|configs?|constants|core|data|dataset|demo|helpers?|inference|interface|libs?|main|models?|modules"
    "|networks?|pipelines?|predict|preprocess|processing|prompts|schemas|scripts|settings|source|src|tools|ui"
    "|utilities|utils?"
)
_DEBIAN_LIBRARIES = {
    "libGL.so": "libgl1",
    "libEGL.so": "libegl1",
    "libGLESv2.so": "libgles2",
    "libglib-2.0.so": "libglib2.0-0",
    "libgthread-2.0.so": "libglib2.0-0",
    "libgobject-2.0.so": "libglib2.0-0",
    "libSM.so": "libsm6",
    "libXext.so": "libxext6",
    "libXrender.so": "libxrender1",
    "libX11.so": "libx11-6",
    "libgomp.so": "libgomp1",
    "libsndfile.so": "libsndfile1",
    "libportaudio.so": "libportaudio2",
    "libmagic.so": "libmagic1",
    "libcairo.so": "libcairo2",
    "libpango-1.0.so": "libpango-1.0-0",
    "libpangocairo-1.0.so": "libpangocairo-1.0-0",
    "libzbar.so": "libzbar0",
    "libusb-1.0.so": "libusb-1.0-0",
    "libespeak-ng.so": "libespeak-ng1",
    "libespeak.so": "libespeak1",
    "libnss3.so": "libnss3",
    "libopenblas.so": "libopenblas0",
    "libhdf5.so": "libhdf5-103",
    "libgdal.so": "libgdal32",
    "libgeos_c.so": "libgeos-c1v5",
    "libsox.so": "libsox3",
    "libpq.so": "libpq5",
    "libtesseract.so": "tesseract-ocr",
    "libMagickWand-6.Q16.so": "libmagickwand-6.q16-6",
}
_DEBIAN_PROGRAMS = {
    "tesseract": "tesseract-ocr",
    "pdftoppm": "poppler-utils",
    "pdfinfo": "poppler-utils",
    "pdftotext": "poppler-utils",
    "dot": "graphviz",
    "convert": "imagemagick",
    "magick": "imagemagick",
    "ffprobe": "ffmpeg",
    "java": "default-jre-headless",
    "node": "nodejs",
    "soffice": "libreoffice",
    "espeak": "espeak-ng",
    "gs": "ghostscript",
    "xvfb-run": "xvfb",
    "nvcc": "nvidia-cuda-toolkit",
}
_DEBIAN_HEADERS = {
    "Python.h": "python3-dev",
    "portaudio.h": "portaudio19-dev",
    "sndfile.h": "libsndfile1-dev",
    "mysql.h": "default-libmysqlclient-dev",
    "libpq-fe.h": "libpq-dev",
    "ffi.h": "libffi-dev",
    "openssl/ssl.h": "libssl-dev",
    "openssl/opensslv.h": "libssl-dev",
    "zlib.h": "zlib1g-dev",
    "jpeglib.h": "libjpeg-dev",
    "libxml/xpath.h": "libxml2-dev",
    "libxml/xmlversion.h": "libxml2-dev",
    "cairo.h": "libcairo2-dev",
    "graphviz/cgraph.h": "libgraphviz-dev",
    "geos_c.h": "libgeos-dev",
    "hdf5.h": "libhdf5-dev",
    "boost/config.hpp": "libboost-all-dev",
    "alsa/asoundlib.h": "libasound2-dev",
    "X11/Xlib.h": "libx11-dev",
    "stdio.h": "libc6-dev",
    "stdlib.h": "libc6-dev",
    "string.h": "libc6-dev",
    "limits.h": "libc6-dev",
}
_REPLACED_DEBIAN_PACKAGES = {
    "libgl1-mesa-glx": "libgl1",
    "libglib2.0-0": "libglib2.0-0t64",
    "libasound2": "libasound2t64",
    "python-pip": "python3-pip",
    "python-dev": "python3-dev",
    "python3-distutils": "python3-setuptools",
    "default-jre": "default-jre-headless",
    "ttf-mscorefonts-installer": "fonts-liberation",
    "openjdk-8-jdk": "default-jdk-headless",
    "openjdk-11-jdk": "default-jdk-headless",
    "youtube-dl": "yt-dlp",
    "libav-tools": "ffmpeg",
    "netcat": "netcat-openbsd",
}


def python_package_of(module: str) -> str:
    return _PYTHON_PACKAGES.get(module, module)


def debian_package_of_library(library: str) -> str:
    """The package, or words for it: nobody can tell the package of every library."""
    name = library.partition(".so")[0] + ".so"
    return _DEBIAN_LIBRARIES.get(name, f"the Debian package that holds {library}")


def debian_package_of_program(words: Mapping[str, str]) -> dict[str, str]:
    """``package`` for the program ``what`` of a rule's words."""
    program = words.get("what") or words.get("what3") or ""
    return {"what": program, "package": _DEBIAN_PROGRAMS.get(program, program)}


def debian_package_of_header(header: str) -> str:
    return _DEBIAN_HEADERS.get(header, f"the Debian package that holds {header}")


def replacement_of_debian_package(name: str) -> str:
    return _REPLACED_DEBIAN_PACKAGES.get(name, "a package that Debian has")
