"""What is told of a commit before it is built: warnings, one line each, and never an exception."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaceport.domain.advice import advise, is_read
from spaceport.domain.card import Card, card_from
from spaceport.domain.linked_repos import find_linked_repos, linked_of


def card(**values: object) -> Card:
    return card_from({"sdk": "gradio", **values})


def advice(files: dict[str, str | bytes], more_paths: tuple[str, ...] = (), **values: object) -> list[str]:
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return [str(each) for each in advise(card(**values), frozenset([*files, *more_paths]), contents)]


TOLD_OF_CODE = {
    'demo.launch(server_name="127.0.0.1")': "launch listens on 127.0.0.1: visitors cannot reach it",
    'demo.queue().launch(server_name="localhost")': "launch listens on localhost",
    "demo.launch(server_port=8080)": "launch listens on port 8080: visitors come to port 7860",
    "demo.launch(share=True)": "launch(share=True) does nothing here",
    "uvicorn.run(app, port=7860)": "uvicorn.run listens on 127.0.0.1",
    'uvicorn.run(app, host="0.0.0.0")': "uvicorn.run listens on port 8000",
    "from flask import Flask\napp.run(port=7860)": "app.run listens on 127.0.0.1",
    'HTTPServer(("127.0.0.1", 7860), Handler)': "HTTPServer listens on 127.0.0.1",
    "def f(:": "it is not valid Python",
    "!pip install torch\nimport torch": "a line for notebooks",
}


@pytest.mark.parametrize("code", TOLD_OF_CODE)
def test_code_that_visitors_cannot_reach_is_told_with_its_line(code: str) -> None:
    (line,) = advice({"app.py": code})

    assert TOLD_OF_CODE[code] in line
    assert line.startswith(f"app.py:{2 if 'flask' in code else 1}: ")


@pytest.mark.parametrize(
    "code",
    [
        "demo.launch()",
        'demo.launch(server_name="0.0.0.0", server_port=7860)',
        "demo.launch(server_name=host, server_port=int(os.environ['PORT']), share=False)",
        'uvicorn.run(app, host="0.0.0.0", port=7860)',
        "uvicorn.run(app, **options)",
        "loop.run(main())",
        "app.run()",
        're.compile("\\d")',
        'redis.connect("127.0.0.1")',
    ],
)
def test_code_that_works_is_not_mentioned(code: str) -> None:
    assert advice({"app.py": code}) == []


def test_the_port_of_the_card_counts() -> None:
    assert advice({"app.py": "demo.launch(server_port=8501)"}, app_port=8501) == []


def test_only_the_app_file_must_be_valid_python() -> None:
    assert advice({"app.py": "", "notes.py": "def f(:", "old/app.py": "print 1"}) == []


TOLD_OF_REQUIREMENTS = {
    "gradio==5.30.0": "it asks for gradio==5.30.0 and README.md for sdk_version 6.31.0",
    "gradio[oauth]<6": "leave gradio out here, or make both the same",
    "pip install numpy": "is not a requirement: write one package a line",
    "numpy=1.26": "is not a requirement",
    "six==1.0\nsix==1.1": "six==1.1 and ==1.0 of line 1 cannot be installed together",
    "-r more.txt": "it names the file more.txt, which is not in the repo",
    "./wheels/x.whl": "which is not in the repo: push it",
    "--no-deps-please": "--no-deps-please is not an option of a requirements file",
    "--extra-index-url https://packages.example/simple": "packages come from packages.example, too",
    "tools @ git+ssh://git@example.org/a/b": "git over ssh needs a key",
    "sklearn": "sklearn is not the package's name: write scikit-learn",
    "pywin32": "pywin32 is not made for Linux",
    "asyncio": "asyncio is a part of Python",
}


@pytest.mark.parametrize("text", TOLD_OF_REQUIREMENTS)
def test_requirements_that_cannot_be_had_are_told(text: str) -> None:
    (line,) = advice({"requirements.txt": text}, sdk_version="6.31.0")

    assert TOLD_OF_REQUIREMENTS[text] in line
    assert line.startswith("requirements.txt:")


def test_requirements_that_install_are_not_mentioned() -> None:
    text = (
        "# comment\n\nnumpy>=1.26  # why\ngradio>=6\ntorch==2.4.0 ; python_version < '3.12'\n-r more.txt\n./local\n"
        "lib @ https://example.org/x.whl\ngit+https://example.org/a/b\nsix==1.17.0 \\\n    --hash=sha256:00\n"
        "pywin32; sys_platform == 'win32'\n"
    )

    assert advice({"requirements.txt": text}, ("more.txt", "local/setup.py"), sdk_version="6.31.0") == []


def test_an_address_with_a_password_is_told_and_not_repeated() -> None:
    lines = advice({"requirements.txt": "--index-url https://ada:secret@packages.example/simple"})

    assert any("holds a password" in line for line in lines)
    assert not any("secret" in line for line in lines)


def test_requirements_in_another_encoding_are_told() -> None:
    assert advice({"requirements.txt": b"# caf\xe9\n"}) == ["requirements.txt: it is not UTF-8 text: save it as UTF-8"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('token = "hf_' + "aBcDeFgHiJkLmNoPqRsTuVwXyZ01234567" + '"', "a Hugging Face token"),
        ("OPENAI_API_KEY=sk-" + "proj-Ab3dEfGh1jKlMn0pQrStUv", "an OpenAI key"),
        ("-----BEGIN " + "OPENSSH PRIVATE KEY-----", "a private key"),
    ],
)
def test_tokens_are_told_and_never_repeated(line: str, kind: str) -> None:
    (found,) = advice({"config.py": f"import os\n{line}\n"})

    assert found.startswith(f"config.py:2: it looks like {kind}: take it out, revoke it")
    assert line not in found


@pytest.mark.parametrize(
    "line", ["hf_" + "x" * 34, "sk-your-key-goes-here-please", "hf_transfer", "task-management-application"]
)
def test_placeholders_are_no_tokens(line: str) -> None:
    assert advice({"app.py": f'key = "{line}"\n'}) == []


def test_a_dockerfile_is_read_for_its_port_and_address() -> None:
    text = 'FROM spaceport/base\nEXPOSE 8000\nCMD ["uvicorn", "main:app", \\\n     "--port", "8000"]\n'
    lines = advice({"Dockerfile": text}, sdk="docker")

    assert lines[0].startswith("Dockerfile:2: EXPOSE 8000, but visitors come to port 7860")
    assert lines[1] == "Dockerfile:3: uvicorn listens on 127.0.0.1 by itself: add --host 0.0.0.0"
    assert lines[2].startswith("Dockerfile:3: the app listens on port 8000")
    assert (
        advice({"Dockerfile": text.replace("main:app", 'main:app", "--host", "0.0.0.0')}, sdk="docker", app_port=8000)
        == []
    )


def test_what_the_card_names_must_be_there() -> None:
    lines = advice({"app.py": ""}, thumbnail="preview.png", python_version="3.42")

    assert lines[0].startswith('README.md: "thumbnail" names preview.png, which is not in the repo')
    assert lines[1].startswith('README.md: "python_version" names a Python that does not exist; given: 3.42')


def test_a_notebook_alone_is_no_app() -> None:
    assert advice({"demo.ipynb": "{}"})[0].startswith(
        "demo.ipynb: a notebook is not started: write its code into app.py"
    )
    assert advice({"demo.ipynb": "{}", "app.py": ""}) == []


def test_the_list_stays_readable() -> None:
    lines = advice({"app.py": "demo.launch(share=True)\n" * 100})

    assert len(lines) == 21
    assert lines[-1] == "...: and 80 more like these"


def test_files_that_nobody_writes_by_hand_are_not_read() -> None:
    assert is_read("src/app.py", 10_000)
    assert is_read(".env", 10)
    assert not is_read("model.safetensors", 10)
    assert not is_read("app.py", 10_000_000)


PIECES = st.sampled_from(
    [
        *(
            "launch(",
            "server_name=",
            "'127.0.0.1'",
            "share=True",
            ")",
            "(",
            "\n",
            "    ",
            "uvicorn.run(",
            "**",
            "*",
            "\x00",
        ),
        *("lambda: ", "f'{", "!pip ", "==", "-r ", "EXPOSE ", "CMD ", "--port ", "hf_", "sk-", "\\", "é", "\udc80"),
        "[" * 300,
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join)), st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_content_of_files_makes_it_fail(text: str, tail: bytes) -> None:
    content = text.encode("utf-8", "surrogatepass") + tail
    names = ("app.py", "requirements.txt", "Dockerfile", "page.html")
    for sdk in ("gradio", "docker", "static"):
        for line in advice(dict.fromkeys(names, content), sdk=sdk, sdk_version="6.31.0" if sdk == "gradio" else None):
            assert "\n" not in line
    find_linked_repos(dict.fromkeys(names, content))


def test_models_and_datasets_are_found_in_code() -> None:
    found = find_linked_repos(
        {
            "app.py": b'pipe = pipeline("text-generation", model="acme/writer-7b")\n'
            b'words = AutoTokenizer.from_pretrained("acme/words")\nMODEL_ID = "acme/eyes"\n'
            b'rows = load_dataset("acme/rows", split="train")\ngr.load("models/acme/ears")\n'
            b'page = "text/html"\npath = "data/labels.json"\n',
            "config.ini": b"[demo]\nmodel = acme/ini-model\n",
            "index.html": b'<script src="https://huggingface.co/acme/onnx/resolve/main/model.onnx"></script>',
            "README.md": b'from_pretrained("acme/only-in-words")',
        }
    )

    assert found.models == ("acme/words", "acme/writer-7b", "acme/ears", "acme/eyes", "acme/ini-model", "acme/onnx")
    assert found.datasets == ("acme/rows",)


def test_the_card_goes_before_what_was_found() -> None:
    found = {"models": ["acme/found"], "datasets": []}

    assert linked_of({"models": ["acme/said"]}, found, "models") == ["acme/said"]
    assert linked_of({}, found, "models") == ["acme/found"]
    assert linked_of({"models": []}, found, "models") == []
