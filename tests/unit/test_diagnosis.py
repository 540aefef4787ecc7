"""One plain line for what went wrong. The logs are real output of uv, pip and Python, shortened."""

import pytest

from spaceport.domain.diagnosis import diagnose_build, diagnose_start

BUILD_LOGS = {
    "not found": (
        """  × No solution found when resolving dependencies:
  ╰─▶ Because no-such-package-xyz was not found in the package registry and you
      require no-such-package-xyz, we can conclude that your requirements are
      unsatisfiable.""",
        "dependency not found: there is no package named no-such-package-xyz",
    ),
    "no such version": (
        """  × No solution found when resolving dependencies:
  ╰─▶ Because there is no version of numpy==99.0 and you require numpy==99.0,
      we can conclude that your requirements are unsatisfiable.""",
        "dependency not found: numpy==99.0 does not exist in that version",
    ),
    "no such version of the sdk": (
        """  × No solution found when resolving dependencies:
  ╰─▶ Because there is no version of gradio[oauth]==99.1.0 and you require
      gradio[oauth]==99.1.0, we can conclude that your requirements are
      unsatisfiable.""",
        "dependency not found: there is no version 99.1.0 of gradio",
    ),
    "direct conflict": (
        """  × No solution found when resolving dependencies:
  ╰─▶ Because you require gradio==6.31.0 and gradio==4.0.0, we can conclude that
      your requirements are unsatisfiable.""",
        "conflict: gradio==6.31.0 and gradio==4.0.0 cannot be installed together",
    ),
    "sdk version and requirements": (
        """  × No solution found when resolving dependencies:
  ╰─▶ Because you require gradio==5.30.0 and gradio[mcp]==6.31.0, we can
      conclude that your requirements are unsatisfiable.""",
        "conflict: requirements.txt asks for gradio==5.30.0 and README.md for sdk_version 6.31.0",
    ),
    "needs another version": (
        """  × No solution found when resolving dependencies:
  ╰─▶ Because gradio==6.31.0 depends on pydantic>=2.11 and you require
      pydantic==1.10.0, we can conclude that your requirements are
      unsatisfiable.""",
        "conflict: gradio==6.31.0 needs pydantic>=2.11, but pydantic==1.10.0 is required",
    ),
    "an option that is none": (
        "error: Unexpected '-', expected '-c', '-e', '-r' or the start of a requirement: requirements.txt:1:1",
        "requirements.txt cannot be read: line 1 is not a requirement",
    ),
    "not text": (
        "error: failed to decode file `requirements.txt`: stream did not contain valid UTF-8",
        "requirements.txt cannot be read: it is not UTF-8 text",
    ),
    "a file elsewhere": (
        "error: Distribution not found at: file:///etc/passwd",
        "requirements.txt names a file that is not in the repo: /etc/passwd",
    ),
    "an included file elsewhere": (
        """error: Error parsing included file in `requirements.txt` at position 0
  cause: failed to read from file `../../etc/shadow`: No such file or directory (os error 2)""",
        "requirements.txt names a file that is not in the repo: ../../etc/shadow",
    ),
    "git with a key": (
        """   Updating ssh://git@127.0.0.1/x/y.git (HEAD)
error: Git operation failed
  cause: failed to clone into: cache/git-v2/db/541c94dfa1f5be53
         fatal: Could not read from remote repository.""",
        "a git repository named in requirements.txt cannot be fetched",
    ),
    "unreadable requirements": (
        "error: Couldn't parse requirement in `requirements.txt` at position 0",
        "requirements.txt cannot be read: it holds a line that is not a requirement",
    ),
    "an index that is not there": (
        """error: Request failed after 3 retries in 7.5s
  cause: Failed to fetch: `https://ada:geheim@packages.test:8443/simple/six/`
  cause: client error (Connect)
  cause: dns error""",
        "the package index at packages.test:8443 could not be reached",
    ),
    "pip without its index": (
        """WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError("HTTPSConnection(
host='pypi.test', port=443): Failed to establish a new connection: [Errno -2] Name or service not known")'""",
        "the package index at pypi.test could not be reached",
    ),
    "a download in a Dockerfile": (
        """--2026-11-25 23:40:00--  https://models.test/m.onnx
Resolving models.test (models.test)... failed: Temporary failure in name resolution.
wget: unable to resolve host address 'models.test'
[Spaceport] a step of the build ended with exit code 4""",
        "a download of the build failed: wget: unable to resolve host address 'models.test'",
    ),
    "a download that is not there": (
        "curl: (22) The requested URL returned error: 404",
        "a download of the build failed: curl: (22) The requested URL returned error: 404",
    ),
    "apt": ("E: Unable to locate package libnothing", "system package not found: libnothing"),
    "disk": ("OSError: [Errno 28] No space left on device", "the build ran out of disk space"),
}


@pytest.mark.parametrize("name", BUILD_LOGS)
def test_a_failed_build_says_why(name: str) -> None:
    log, cause = BUILD_LOGS[name]

    assert diagnose_build(log.splitlines(), 1, None).cause == cause


def test_what_the_runner_knows_for_certain_wins() -> None:
    known = "out of memory: the build used more than 8 GiB"

    assert diagnose_build(["anything"], 137, known).cause == known


def test_an_unknown_failure_points_to_the_log() -> None:
    assert "exit code 3" in diagnose_build(["hm"], 3, None).cause


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("ModuleNotFoundError: No module named 'cv2.core'", "imports cv2"),
        ("SyntaxError: invalid syntax", "not valid Python"),
        ("ImportError: libGL.so.1: cannot open shared object file: No such file", "libGL.so.1"),
        ("OSError: Cannot find empty port in range: 7860-7860.", "its port"),
        ("ValueError: bad", "ValueError: bad"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'labels.txt'", "a file that is not there"),
        ("ValueError: Your machine must be logged in to HF to debug a Gradio app locally.", "gr.LoginButton"),
        ("AssertionError: Torch not compiled with CUDA enabled", "asks for a GPU, and there is none"),
        ("httpx.ConnectError: [Errno -2] Name or service not known", "could not reach a server on the internet"),
    ],
)
def test_an_app_that_does_not_start_says_why(line: str, part: str) -> None:
    assert part in diagnose_start(["Traceback", line], 1, None).cause


def test_of_a_chain_of_exceptions_the_last_one_counts() -> None:
    log = """Traceback (most recent call last):
  File "/opt/venv/lib/python3.11/site-packages/httpcore/_sync.py", line 1, in connect
    raise
httpcore.ConnectError: [Errno 111] Connection refused

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/home/user/app/app.py", line 2, in <module>
    gr.load("models/none")
RuntimeError: no such model"""

    assert diagnose_start(log.splitlines(), 1, None).cause == "the app stopped with RuntimeError: no such model"


def test_a_program_that_is_not_installed_is_no_missing_file() -> None:
    log = """  File "/usr/lib/python3.11/subprocess.py", line 1955, in _execute_child
    raise child_exception_type(errno_num, err_msg, err_filename)
FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'"""
    diagnosis = diagnose_start(log.splitlines(), 1, None)

    assert diagnosis.cause == "the app runs the program ffmpeg, which is not installed"
    assert "packages.txt" in (diagnosis.suggestion or "")


def test_a_module_is_suggested_under_the_name_of_its_package() -> None:
    log = ["ModuleNotFoundError: No module named 'cv2'"]

    assert diagnose_start(log, 1, None).suggestion == "add opencv-python-headless to requirements.txt"


def test_a_module_that_python_has_no_more_is_had_from_the_package_that_carries_it_on() -> None:
    log = ["ModuleNotFoundError: No module named 'audioop'"]

    assert diagnose_start(log, 1, None).suggestion == "add audioop-lts to requirements.txt"


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (
            """ImportError:
LlamaTokenizer requires the SentencePiece library but it was not found in your environment. Check out the
installation page of its repo""",
            "an import failed: LlamaTokenizer requires the SentencePiece library but it was not found in your "
            "environment. Check out the",
        ),
        (
            """LookupError:
**********************************************************************
  Resource punkt not found.
  Please use the NLTK Downloader to obtain the resource:""",
            "the app stopped with LookupError: Resource punkt not found.",
        ),
        ("ValueError: ", "the app stopped with ValueError"),
    ],
)
def test_a_message_that_begins_on_a_line_of_its_own_is_read(log: str, cause: str) -> None:
    reason = "the app exited with code 1 before it answered on port 7860"

    assert diagnose_start(log.splitlines(), 1, reason).cause.rstrip(".") == cause.rstrip(".")


def test_a_gpu_without_enough_memory_is_not_a_mistake_of_the_line_that_asks_for_it() -> None:
    log = [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 15 GiB"
    ]
    diagnosis = diagnose_start(log, 1, None)

    assert diagnosis.cause == "the app asks for more memory of the GPU than there is"
    assert "larger GPU" in (diagnosis.suggestion or "")


def test_a_part_that_an_installed_package_lacks_is_a_matter_of_its_version() -> None:
    known = diagnose_start(["ModuleNotFoundError: No module named 'altair.vegalite.v4'"], 1, None)
    unknown = diagnose_start(["ModuleNotFoundError: No module named 'scanpy.old.part'"], 1, None)
    shared = diagnose_start(["ModuleNotFoundError: No module named 'google.cloud'"], 1, None)

    assert "altair.vegalite.v4, which altair does not have in the version that is installed" in known.cause
    assert known.suggestion == "write altair<5 into requirements.txt"
    assert unknown.suggestion is not None
    assert "an older version of scanpy" in unknown.suggestion
    assert "{" not in unknown.suggestion
    assert "which is not installed" in shared.cause


def test_opencv_without_its_libraries_is_pointed_to_the_package_that_needs_none() -> None:
    log = """  File "/opt/venv/lib/python3.11/site-packages/cv2/__init__.py", line 153, in bootstrap
    native_module = importlib.import_module("cv2")
ImportError: libGL.so.1: cannot open shared object file: No such file or directory"""

    assert "opencv-python-headless" in (diagnose_start(log.splitlines(), 1, None).suggestion or "")


def test_a_message_of_many_lines_or_pages_is_cut() -> None:
    assert len(diagnose_start([f"ValueError: {'x' * 5000}"], 1, None).cause) < 400


def test_an_app_that_ends_quietly_is_told_with_its_exit_code() -> None:
    diagnosis = diagnose_start([], 0, None)

    assert diagnosis.cause == "the app ended with exit code 0"
    assert "launch()" in (diagnosis.suggestion or "")


def test_an_app_that_ends_before_it_answers_is_told_what_is_usually_missing() -> None:
    reason = "the app exited with code 0 before it answered on port 7860"

    assert diagnose_start(["hello"], 0, reason).cause == reason
    assert "launch()" in (diagnose_start(["hello"], 0, reason).suggestion or "")


@pytest.mark.parametrize(
    "piece", ["a", "/", "Because ", "  build backend returned an error", "a==1,", "COPY failed: ", "[1/1] RUN a", "'"]
)
def test_no_log_keeps_the_controller_busy(piece: str) -> None:
    """Would run into the time limit of tests, were it cubic in the length of a line."""
    tail = [(piece * 20_000)[:20_000]] * 80

    assert diagnose_build(tail, 1, None).cause
    assert diagnose_start(tail, 1, None).cause


def test_an_end_that_no_rule_knows_says_where_to_look() -> None:
    ended = diagnose_start(["bad luck"], 3, "the app exited with code 3")
    not_of_the_app = diagnose_start([], None, "the image of the Space cannot be loaded")

    assert ended.cause == "the app exited with code 3"
    assert "what the log ends with" in (ended.suggestion or "")
    assert not_of_the_app.suggestion is None
