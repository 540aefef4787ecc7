"""The app's own Python: what it imports, calls, reads and writes."""

from spaceport.domain.diagnosis.drift import gradio_version_with, missing_module, older_version_with
from spaceport.domain.diagnosis.names import OWN_MODULES
from spaceport.domain.diagnosis.rule import rule

_OWN_FOLDER = r"(?:/home/user/app|/app|\S*/home/app)"

_GRADIO_PYDANTIC = "the version of gradio that is installed does not work with the newer pydantic that is installed"
_HOLD_PYDANTIC = "write pydantic<2.11 into requirements.txt, or sdk_version: 5.49.1 (or newer) into README.md"

START = (
    rule(
        "sign-in",
        r"^ValueError: (?:Your machine must be logged in to HF to debug a Gradio app|OAuth is required but )",
        "the app signs visitors in with Hugging Face (gr.LoginButton, gr.OAuthProfile), and its card does not say so",
        "write hf_oauth: true into the block at the top of README.md",
    ),
    rule(
        "module-shadowed",
        r"'(?P<module>\w+)' is not a package$"
        r"|partially initialized module '(?P<module2>\w+)'.*most likely due to a circular import",
        "{module}.py in the repo hides the package {module}",
        "rename {module}.py in the repo, and what imports it",
        more=lambda words: {"module": words["module"] or words["module2"]},
    ),
    rule(
        "own-module-missing",
        rf"^ModuleNotFoundError: No module named '(?P<module>{OWN_MODULES})(?:\.[^']*)?'$",
        "the app imports {module}, which is neither in the repo nor installed",
        "push {module}.py (or the folder {module}) beside {file}",
    ),
    rule(
        "module-missing",
        r"^ModuleNotFoundError: No module named '(?P<module>[^'.]+)(?P<part>\.[^']+)?",
        "the app imports {missing}",
        "{fix}",
        more=missing_module,
    ),
    rule(
        "own-name-missing",
        rf"^ImportError: cannot import name '(?P<name>[^']+)' from '\S+' \({_OWN_FOLDER}/(?P<own>[^)]+)\)",
        "{own} in the repo has no {name}",
        "define {name} in {own}, or correct the import in {file}",
    ),
    rule(
        "import-name",
        r"^ImportError: cannot import name '(?P<name>[^']+)' from '(?P<module>[\w.]+)'",
        "{module} has no {name} in the version that is installed",
        "write {fix} into requirements.txt, or change the import in {place} to what the new version has",
        more=older_version_with,
    ),
    rule(
        "import-failed",
        r"^ImportError: (?P<what>.+)$",
        "an import failed: {what}",
        "check the versions in requirements.txt",
    ),
    rule(
        "notebook-line",
        r"^(?P<what>SyntaxError: .+)$",
        "{file} holds a line for notebooks, which begins with ! or %",
        "take the line out of {file}, and write what it installs into requirements.txt",
        beside=r"^\s+[!%]\s*\w+",
    ),
    rule(
        "syntax-error",
        r"^(?P<what>(?:SyntaxError|IndentationError|TabError): .+)$",
        "{place} is not valid Python: {what}",
        "correct {place} where the log points, or name a newer python_version in README.md if it is valid there",
    ),
    rule(
        "gradio-argument",
        r"^TypeError: (?P<what>[\w.]+?)(?:\.__init__)?\(\) got an unexpected keyword argument '(?P<name>\w+)'",
        "{what} has no argument {name} in the version of gradio that is installed",
        "write sdk_version: {version} into README.md, or leave {name} out in {place}",
        beside=r"\bgr(?:adio)?\.\w|/gradio/|\.launch\(|\.queue\(",
        more=gradio_version_with,
    ),
    rule(
        # Gradio describes the app to itself, fails, and takes that for a network without localhost.
        "gradio-pydantic",
        r"^ValueError: When localhost is not accessible",
        _GRADIO_PYDANTIC,
        _HOLD_PYDANTIC,
        beside=r"^TypeError: argument of type 'bool' is not iterable",
    ),
    rule(
        "gradio-pydantic",
        r"^TypeError: argument of type 'bool' is not iterable",
        _GRADIO_PYDANTIC,
        _HOLD_PYDANTIC,
        beside=r"gradio_client/utils\.py",
    ),
    rule(
        "gradio-name",
        r"^AttributeError: module 'gradio(?:\.\w+)*' has no attribute '(?P<name>\w+)'",
        "gradio has no {name} in the version that is installed",
        "write sdk_version: {version} into README.md, or replace gr.{name} in {place}",
        more=gradio_version_with,
    ),
    rule(
        "attribute-gone",
        r"^AttributeError: module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'",
        "{module} has no {name} in the version that is installed",
        "write {fix} into requirements.txt, or replace {name} in {place}",
        more=older_version_with,
    ),
    rule(
        "numpy-abi",
        r"numpy\.dtype size changed|_ARRAY_API not found|numpy\.core\.multiarray failed to import",
        "a dependency was made for numpy 1, and numpy 2 is installed",
        "add numpy<2 to requirements.txt, or take a newer version of the dependency",
    ),
    rule(
        "secret-missing",
        r"^KeyError: '(?P<what>[A-Za-z]\w*)'$",
        "the app needs the environment variable {what}, which is not set",
        "add a secret {what} in the Space's settings (a variable, if everybody may know it)",
        beside=r'(?:/os\.py|<frozen os>)", line \d+, in __getitem__',
    ),
    rule(
        "secret-missing",
        r"^[\w.]*(?:Error|Exception): .*\b(?P<what>[A-Z][A-Z0-9]*_(?:[A-Z0-9]+_)*(?:TOKEN|KEY|SECRET|PASSWORD|URL))\b",
        "the app needs the environment variable {what}, which is not set",
        "add a secret {what} in the Space's settings",
    ),
    rule(
        "file-missing",
        r"^FileNotFoundError: .*'(?P<what>[^']+)'$",
        "the app needs a file that is not there: {what}",
        "push {what}, and name it in {file} relative to the repo; large files with git lfs",
    ),
    rule(
        "not-allowed-to-write",
        r"^PermissionError: \[Errno 13\] Permission denied: '(?P<what>[^']+)'$",
        "the app may not use {what}",
        "write below /tmp or /home/user in {file}; in a Dockerfile copy with COPY --chown=1000:1000",
    ),
    rule(
        "read-only",
        r"^OSError: \[Errno 30\] Read-only file system: '(?P<what>[^']+)'$",
        "the app writes to {what}, which is read-only",
        "write below /tmp or /home/user in {file}, or to the Space's volume /data",
    ),
    rule(
        "name-error",
        r"^NameError: name '(?P<what>\w+)' is not defined",
        "{place} uses {what}, which is defined nowhere",
        "import or define {what} in {file} before it is used",
    ),
    rule(
        "app-stopped",
        r"^(?P<what>[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)(?:: .+)?)$",
        "the app stopped with {what}",
        "correct {place} where the log points",
    ),
)
#: In the words of the runner's ``reasons.instance_ended``.
CERTAIN = (
    rule(
        "crash",
        r"with (?:exit )?code (?:139|134|132)\b",
        "the app crashed inside a compiled library",
        "take other versions of the compiled packages (torch, opencv, onnxruntime) in requirements.txt",
    ),
)
SEEN_FROM_OUTSIDE = (
    rule(
        "nothing-launched",
        r"with (?:exit )?code 0\b",
        "",
        "make the app start a server that keeps running: is launch() called at the end of the app file?",
    ),
    rule(
        "killed",
        r"with (?:exit )?code 137\b|killed from outside",
        "",
        "restart the Space; if it happens again, load less at once in the app, or choose hardware with more memory",
    ),
)
