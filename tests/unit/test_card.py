"""Front matter: what is taken, what is refused, and in which words."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaceport.domain.card import Card, check_app_file, parse_duration, read_card
from spaceport.domain.card_rules import RULES
from spaceport.domain.front_matter import MAX_BLOCK_BYTES, read_front_matter


def readme(*lines: str) -> str:
    return "\n".join(["---", "sdk: gradio", *lines, "---", "", "# Hello"])


def card(*lines: str) -> Card:
    reading = read_card(readme(*lines))
    assert reading.card is not None, reading.problems
    return reading.card


def problems(*lines: str) -> tuple[str, ...]:
    return read_card(readme(*lines)).problems


def test_a_full_card_is_read() -> None:
    found = card(
        "title: Hello",
        "emoji: 🚀",
        "sdk_version: 6.31.0",
        "python_version: '3.11'",
        "app_file: src/main.py",
        "app_port: 8501",
        "startup_duration_timeout: 1h",
        "base_path: /demo",
    )

    assert (found.title, found.emoji, found.sdk_version, found.python_version) == ("Hello", "🚀", "6.31.0", "3.11")
    assert (found.app_file, found.app_port, found.startup_timeout_seconds) == ("src/main.py", 8501, 3600)
    assert found.base_path == "/demo"


def test_versions_and_titles_are_text_as_written() -> None:
    """To YAML ``3.10`` is the number 3.1."""
    found = card("python_version: 3.10", "title: 2048")

    assert (found.python_version, found.title) == ("3.10", "2048")
    assert found.raw["python_version"] == "3.10"


def test_dates_become_text_so_that_the_card_is_json() -> None:
    assert json.loads(json.dumps(card("created: 2024-05-01").raw))["created"] == "2024-05-01"


REFUSED = {
    "colorFrom: orange": '"colorFrom" must be one of [red, yellow, green, blue, indigo, purple, pink, gray]',
    f"short_description: {'x' * 90}": '"short_description" length must be less than or equal to 60 characters long',
    "sdk_version: 3.27": '"sdk_version" must be a full version x.y.z, such as 6.31.0; given: 3.27',
    "sdk_version: 6.31.0 --pre": '"sdk_version" must be a full version',
    "python_version: 2.7": '"python_version" must be a Python version 3.x',
    "app_port: '7860'": '"app_port" must be a whole number from 1 to 65535',
    "app_port: true": '"app_port" must be a whole number',
    "app_port: 70000": '"app_port" must be a whole number',
    "pinned: maybe": '"pinned" must be a boolean',
    "header: huge": '"header" must be one of [default, mini]; given: huge',
    "tags: solo": '"tags" must be a list of strings',
    "base_path: //evil.example": '"base_path" must be a path that starts with /',
    "startup_duration_timeout: soon": '"startup_duration_timeout" must be a duration',
    "hf_oauth_expiration_minutes: 50000": '"hf_oauth_expiration_minutes" must be a whole number',
    "custom_headers: {x-frame-options: deny}": '"custom_headers" must be a map with keys among',
    "custom_headers: {cross-origin-opener-policy: Same-Origin}": (
        '"custom_headers" must give cross-origin-opener-policy one of [unsafe-none, same-origin-allow-popups, '
    ),
    "emoji: rocket": '"emoji" must be one emoji',
    "preload_from_hub: [gpt2 is nice, and more]": '"preload_from_hub" must be a list of "owner/name"',
    "app_file: ../app.py": '"app_file" must be the path of a file inside the repo',
    "title: [a]": '"title" must be a string',
}


@pytest.mark.parametrize("line", REFUSED)
def test_a_wrong_value_names_key_rule_and_value(line: str) -> None:
    (problem,) = problems(line)

    assert problem.startswith(REFUSED[line])
    assert "given: " in problem


def test_all_mistakes_are_told_at_once() -> None:
    found = problems("colorFrom: orange", "sdk_version: 3.27", f"short_description: {'x' * 90}")

    assert len(found) == 3


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "a/../../x", "-c", "a//b", "", "a\\b", ".git/config", "a\tb", 5]
)
def test_app_files_outside_the_repo_are_refused(path: object) -> None:
    assert check_app_file(path) is not None


@pytest.mark.parametrize("path", ["app.py", "src/app.py", "dist/index.html", "my app.py", "é.py"])
def test_app_files_inside_the_repo_are_fine(path: str) -> None:
    assert check_app_file(path) is None


def test_the_sdk_is_required_and_named() -> None:
    assert read_card("---\ntitle: x\n---\n").problems == (
        '"sdk" is required and must be one of [gradio, docker, streamlit, static]',
    )
    assert read_card("---\nsdk: shiny\n---\n").problems == (
        '"sdk" must be one of [gradio, docker, streamlit, static]; given: shiny',
    )


def test_unknown_keys_warn_and_pass() -> None:
    reading = read_card(readme("colourFrom: red"))

    assert reading.card is not None
    assert reading.warnings == ('"colourFrom" is not a known key and does nothing',)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("suggested_hardware: t4-small", "is only a hint"),
        ("suggested_storage: small", "is only a hint"),
        ("thumbnail: http://example.org/card.png", "is not shown"),
        ("thumbnail: ../card.png", "is not shown"),
        ("thumbnail: app.py", "is not shown"),
        ("hf_oauth_scopes: [jobs]\nhf_oauth: true", "names jobs, which gives nothing on this hub"),
        ("hf_oauth_expiration_minutes: 60", "does nothing without hf_oauth: true"),
        ("app_build_command: npm run build", "does nothing with sdk: gradio"),
        ("hf_oauth_scopes: [email, read-minds]", "does nothing without hf_oauth"),
    ],
)
def test_keys_that_do_less_than_one_may_think_warn_and_pass(line: str, part: str) -> None:
    reading = read_card(readme(line))

    assert reading.card is not None
    assert reading.warnings[0].startswith(f'"{line.partition(":")[0]}" ')
    assert part in reading.warnings[0]


@pytest.mark.parametrize("sdk", ["docker", "static"])
def test_keys_of_another_sdk_warn_and_pass(sdk: str) -> None:
    reading = read_card(f"---\nsdk: {sdk}\nsdk_version: 6.31.0\npython_version: 3.11\n---\n")

    assert reading.card is not None
    assert reading.warnings == (
        f'"sdk_version" does nothing with sdk: {sdk}',
        f'"python_version" does nothing with sdk: {sdk}',
    )


@pytest.mark.parametrize("version", ["latest", "'3.9'", "3.9"])
def test_a_version_that_means_nothing_to_the_sdk_may_be_anything(version: str) -> None:
    assert read_card(f"---\nsdk: docker\nsdk_version: {version}\n---\n").problems == ()
    assert read_card(f"---\nsdk: gradio\nsdk_version: {version}\n---\n").problems != ()


def test_every_key_of_the_reference_passes_as_it_is_written_there() -> None:
    found = card(
        "title: Hello",
        "emoji: ℹ️",
        "colorFrom: red",
        "colorTo: gray",
        "sdk_version: 6.31.0",
        "python_version: 3.10",
        "app_file: app.py",
        "app_port: 7860",
        "base_path: /",
        "fullWidth: true",
        "header: mini",
        "short_description: A demo",
        "models: [acme/writer]",
        "datasets: [acme/rows]",
        "tags: [demo]",
        "thumbnail: https://example.org/card.png",
        "pinned: false",
        "license: apache-2.0",
        "suggested_hardware: cpu-basic",
        "suggested_storage: small",
        "hf_oauth: false",
        "hf_oauth_scopes: [email]",
        "hf_oauth_expiration_minutes: 480",
        "hf_oauth_authorized_org: acme",
        "disable_embedding: false",
        "startup_duration_timeout: 30m",
        "custom_headers: {cross-origin-embedder-policy: require-corp, cross-origin-resource-policy: cross-origin}",
        "preload_from_hub: [acme/writer, 'acme/eyes config.json,model.bin', 'acme/ears a.bin 4f2c1d0']",
        "duplicated_from: acme/first",
    )

    assert set(found.raw) == {*RULES} - {"app_build_command"}


def test_a_readme_without_front_matter_says_what_is_missing() -> None:
    reading = read_card("# Hello\n")

    assert not reading.has_front_matter
    assert reading.problems[0].startswith("Missing configuration in README")


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("---\nsdk: static\ntitle: x\n\n# Hello\n", 3),
        ("\n---\r\nsdk: static\r\ntags:\r\n- a\r\n  b\r\n----\r\n# Hello\r\n", 6),
        ("---\nsdk: static", 2),
    ],
)
def test_front_matter_that_never_ends_says_where_it_should(text: str, last: int) -> None:
    [problem] = read_card(text).problems

    assert problem.endswith(f"and never ends: write another --- on a line of its own after line {last}")


def test_a_ruler_above_a_text_is_no_front_matter() -> None:
    for text in ("---\n# Hello\n", "---\n\nsdk: static\n", "---"):
        assert read_card(text).problems[0].startswith("Missing configuration in README")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff---\nsdk: static\n---\n",
        "---\r\nsdk: static\r\n---\r\nhi",
        "\n\n---\nsdk: static\n---",
        "--- \nsdk: static\n---",
    ],
)
def test_marks_and_line_ends_of_other_systems_are_forgiven(text: str) -> None:
    found = read_card(text).card

    assert found is not None
    assert found.sdk == "static"


def test_broken_yaml_names_the_line_of_the_readme() -> None:
    (problem,) = read_card("---\nsdk: gradio\ntitle: [\n---\n").problems

    assert "not valid YAML" in problem
    assert "line 4" in problem


HOSTILE = {
    "aliases": "a: &a [x]\nb: [*a, *a]\n",
    "a loop": "a: &a [*a]\n",
    "depth": "a: " + "[" * 5000 + "\n",
    "size": "a: " + "x" * MAX_BLOCK_BYTES + "\n",
    "objects": "a: !!python/object/apply:os.system ['true']\n",
    "a list": "- a\n- b\n",
    "a bad date": "a: 2024-99-99\n",
    "doubled keys": "sdk: gradio\nsdk: static\n",
    "a key that is a list": "? [a]\n: b\n",
    "a number nobody can write out": "sdk: static\na: 0x" + "f" * 20_000 + "\n",
    "a port nobody can write out": "sdk: static\napp_port: 0x" + "f" * 20_000 + "\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_a_problem_and_nothing_else(name: str) -> None:
    reading = read_card(f"---\n{HOSTILE[name]}---\n")

    assert reading.card is None
    assert reading.problems


def test_text_that_databases_refuse_is_cleaned() -> None:
    values = read_front_matter('---\na: "x\\0y"\n---\n').values

    assert values == {"a": "xy"}


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    for readme_text in (text, f"---\n{text}\n---\n", f"---\nsdk: gradio\ntitle: {text}\n---\n"):
        reading = read_card(readme_text)
        json.dumps(reading.card.raw if reading.card else reading.problems).encode()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("1h", 3600), ("1h30m", 5400), ("90s", 90), ("", None), ("30", None), ("99h", None)],
)
def test_durations_are_read_in_their_units(text: str, seconds: int | None) -> None:
    assert parse_duration(text) == seconds
