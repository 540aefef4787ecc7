"""What Debian packages bring: libraries, programs, compilers."""

from spaceport.domain.diagnosis.names import (
    debian_package_of_header,
    debian_package_of_library,
    debian_package_of_program,
    replacement_of_debian_package,
)
from spaceport.domain.diagnosis.rule import rule

_INTO_PACKAGES = "write {package} on a line of packages.txt (needs the docker engine)"

BUILD = (
    rule(
        "apt-package-replaced",
        r"E: Package '?(?P<what>[\w.+-]+)'? has no installation candidate",
        "system package not found: {what} cannot be installed from Debian",
        "write {replacement} instead of {what} into packages.txt (or the Dockerfile)",
        more=lambda words: {"replacement": replacement_of_debian_package(words["what"])},
    ),
    rule(
        "apt-package-not-found",
        r"E: Unable to locate package (?P<what>\S+)",
        "system package not found: {what}",
        "check the name of {what} in packages.txt: it must be a Debian package; a Dockerfile needs apt-get update in "
        "the same RUN",
    ),
    rule(
        "header-missing",
        r"fatal error: (?P<what>[\w./+-]+\.h(?:pp)?): No such file or directory",
        "a dependency has to be compiled and needs the header {what}",
        "write {package} on a line of packages.txt (needs the docker engine), or choose a version with a wheel",
        more=lambda words: {"package": debian_package_of_header(words["what"])},
    ),
    rule(
        "needs-rust",
        r"can't find Rust compiler|Cargo, the Rust package manager, is not installed"
        r"|[`']?cargo[`']?(?: metadata)?[^\n]*(?:not found|No such file)|error: linker `cc` not found",
        "a dependency has to be compiled and needs Rust, which is not there",
        "choose a version in requirements.txt that has a wheel for this Python, or write cargo and rustc on lines of "
        "packages.txt (needs the docker engine)",
    ),
    rule(
        "needs-compiler",
        r"error: command '(?:\S*gcc|cc|\S*g\+\+|\S*clang)' failed: No such file"
        r"|error: command '(?:\S*gcc|cc|\S*g\+\+)' not found|[`'](?:gcc|cc|g\+\+)[`']:? not found"
        r"|(?:gcc|g\+\+|cc|make): (?:command )?not found|CMake Error: CMAKE_C(?:XX)?_COMPILER not set"
        r"|No such file or directory: '\S*(?:gcc|cc|g\+\+|clang|make)'",
        "a dependency has to be compiled and there is no compiler",
        "choose a version in requirements.txt that has a wheel for this Python, or write build-essential on a line of "
        "packages.txt (needs the docker engine)",
    ),
)
START = (
    rule(
        "opencv-library-missing",
        r"^ImportError: (?P<what>lib[\w.+-]+): cannot open shared object file",
        "opencv needs a system library that is missing: {what}",
        "write opencv-python-headless instead of opencv-python in requirements.txt",
        beside=r"cv2/__init__\.py",
    ),
    rule(
        "library-missing",
        r"^(?:ImportError|OSError): (?P<what>lib[\w.+-]+): cannot open shared object file",
        "a system library is missing: {what}",
        _INTO_PACKAGES + ", or use a dependency that does without it",
        more=lambda words: {"package": debian_package_of_library(words["what"])},
    ),
    rule(
        "program-missing",
        r"^FileNotFoundError: \[Errno 2\] No such file or directory: '(?P<what>nvidia-smi)'$",
        "the app asks for a GPU, and there is none",
        "run on the processor in {file}, or choose hardware with a GPU for the Space",
        beside="_execute_child",
    ),
    rule(
        "program-missing",
        r"^FileNotFoundError: \[Errno 2\] No such file or directory: '(?P<what>[^'/]+)'$"
        r"|^\S*TesseractNotFoundError: (?P<what2>tesseract) is not installed"
        r"|^\S*ExecutableNotFound: failed to execute .*'(?P<what3>dot)'",
        "the app runs the program {what}, which is not installed",
        _INTO_PACKAGES,
        beside="_execute_child|TesseractNotFoundError|ExecutableNotFound",
        more=debian_package_of_program,
    ),
)
