"""What a build runs: mounts in every RUN, nothing else changed, and images that may not be used."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaceport_runner.dockerfile import (
    StepMounts,
    UnusableDockerfile,
    refers_to_other_files,
    required_images,
    step_mounts,
    template_dockerfile,
    user_dockerfile,
    wanted_frontend,
)
from spaceport_runner.instructions import images_named, read_instructions
from spaceport_runner.settings import PackageSources

PACKAGES = PackageSources(ca_bundle=Path("/ca.pem"), index_url="https://index.test/simple")
MOUNTS = step_mounts(PACKAGES, None)
BASE = "registry.test/python:3.12"


def rewritten(text: str, mounts: StepMounts = MOUNTS, keep_syntax: bool = False) -> str:
    return user_dockerfile(text, mounts, base_image=BASE, cache_scope="space-1", keep_syntax=keep_syntax)


def test_every_run_gets_the_mounts_and_keeps_its_command() -> None:
    text = "FROM debian\nRUN pip install six\nrun echo two\n"
    result = rewritten(text)

    assert result.count(MOUNTS.flags) == 2
    assert f"RUN {MOUNTS.flags} pip install six\n" in result
    assert f"run {MOUNTS.flags} echo two\n" in result


def test_every_stage_gets_the_arguments_that_point_at_the_certificates() -> None:
    result = rewritten("FROM debian AS one\nFROM one\nRUN x\n")

    assert result.count("ARG SSL_CERT_FILE=/run/secrets/spaceport_ca\n") == 2


def test_without_package_sources_a_dockerfile_stays_as_it_is() -> None:
    text = "FROM debian\nRUN --mount=type=bind,target=/x ls\n\n# end"

    assert rewritten(text, StepMounts()) == text


def test_exec_form_flags_and_continuation_lines_are_kept() -> None:
    text = 'FROM debian\nRUN ["pip", "install", "six"]\nRUN --network=none \\\n    # why\n    pip \\\n    install x\n'
    result = rewritten(text)

    assert f'RUN {MOUNTS.flags} ["pip", "install", "six"]\n' in result
    assert f"RUN {MOUNTS.flags} --network=none \\\n    # why\n    pip \\\n    install x\n" in result


def test_what_looks_like_run_inside_a_heredoc_or_a_continuation_is_left_alone() -> None:
    text = (
        "FROM debian\nRUN <<EOF\nRUN not this\nEOF\n"
        "COPY <<-'END' /x\nRUN nor this\n\tEND\nENV A=1 \\\nRUN=2\nRUN last\n"
    )
    result = rewritten(text)

    assert result.count(MOUNTS.flags) == 2
    assert f"RUN {MOUNTS.flags} <<EOF\nRUN not this\nEOF\n" in result
    assert "\nRUN nor this\n" in result
    assert "\nRUN=2\n" in result


def test_a_shift_inside_quotes_opens_no_heredoc() -> None:
    result = rewritten("FROM debian\nRUN echo 'a <<EOF b'\nRUN second\n")

    assert result.count(MOUNTS.flags) == 2


def test_onbuild_lines_stay_as_they_are() -> None:
    assert "\nONBUILD RUN pip install x\n" in rewritten("FROM debian\nONBUILD RUN pip install x\n")


def test_escape_directive_changes_where_lines_continue() -> None:
    result = rewritten("# escape=`\nFROM debian\nRUN dir c:\\\nRUN echo `\n  more\n")

    assert result.count(MOUNTS.flags) == 2


def test_syntax_line_is_dropped_unless_its_frontend_can_be_had() -> None:
    text = "# syntax=docker/dockerfile:1\nFROM debian\n"

    assert "syntax" not in rewritten(text)
    assert rewritten(text).count("\n") == rewritten(text, keep_syntax=True).count("\n")
    assert rewritten(text, keep_syntax=True).startswith("# syntax=docker/dockerfile:1\n")


@pytest.mark.parametrize(
    ("text", "frontend"),
    [
        ("# syntax=docker/dockerfile:1.7\nFROM x\n", "docker/dockerfile:1.7"),
        ("# syntax=evil/frontend\nFROM x\n", None),
        ("FROM x\n# syntax=docker/dockerfile:1\n", None),
    ],
)
def test_only_the_official_frontend_may_be_asked_for(text: str, frontend: str | None) -> None:
    assert wanted_frontend(text) == frontend


def test_caches_of_a_space_are_its_own() -> None:
    text = (
        "FROM debian\nRUN --mount=type=cache,target=/root/.cache \\\n"
        "  --mount=id=spaceport-uv,type=cache,target=/c x --mount=type=cache,id=y\n"
    )
    result = rewritten(text)

    assert "--mount=type=cache,target=/root/.cache,id=space-1:/root/.cache \\\n" in result
    assert "--mount=type=cache,target=/c,id=space-1:spaceport-uv x --mount=type=cache,id=y\n" in result


def test_the_alias_of_the_base_image_is_filled_in() -> None:
    result = rewritten("FROM --platform=linux/amd64 spaceport/base AS b\nFROM spaceport/base:latest\nFROM b\n")

    assert f"FROM --platform=linux/amd64 {BASE} AS b\n" in result
    assert f"FROM {BASE}\n" in result


def test_named_images_are_those_of_from_and_copy_without_the_own_stages() -> None:
    text = (
        "ARG VERSION=3.11\nARG IMAGE=python:${VERSION}\n"
        "FROM $IMAGE AS build\nFROM scratch\nFROM node:${NODE:-20} AS web\n"
        "COPY --from=build /a /a\nCOPY --from=0 /a /a\nCOPY --chown=1 --from=ghcr.io/astral-sh/uv /uv /uv\n"
        "RUN --mount=type=bind,from=other/image,target=/x ls\n"
    )

    assert images_named(read_instructions(text), {}) == [
        "python:3.11",
        "node:20",
        "ghcr.io/astral-sh/uv",
        "other/image",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "FROM spaceport/space-abc:123",
        "FROM docker.io/spaceport/deps:1",
        "FROM x\nCOPY --from=spaceport/space-abc:123 / /",
        "FROM x\nRUN --mount=type=bind,target=/x,from=spaceport/wheels:1 ls",
        "ARG A=spaceport\nFROM ${A}/space-abc:123",
        "FROM x\nONBUILD COPY --from=spaceport/space-abc:123 / /",
    ],
)
def test_images_of_spaceport_may_not_be_used(line: str) -> None:
    with pytest.raises(UnusableDockerfile, match="belongs to Spaceport"):
        required_images(line, BASE, {})


def test_a_dockerfile_without_from_is_refused() -> None:
    with pytest.raises(UnusableDockerfile, match="FROM"):
        required_images("RUN x\n", BASE, {})


def test_the_alias_needs_the_base_image() -> None:
    assert required_images("FROM spaceport/base\nFROM python:3\n", BASE, {}) == [BASE, "python:3"]


def test_package_sources_become_secrets_and_never_text_of_the_dockerfile() -> None:
    packages = PackageSources(ca_bundle=Path("/ca.pem"), index_url="https://user:word@index.test/simple")
    mounts = step_mounts(packages, "spaceport/wheels:1")
    result = rewritten("FROM x\nRUN y\n", mounts)

    assert {secret.id for secret in mounts.secrets} == {"spaceport_ca", "spaceport_pip", "spaceport_uv"}
    assert any("index-url = https://user:word@index.test/simple" in (each.content or "") for each in mounts.secrets)
    assert "index.test" not in result
    assert "--mount=type=bind,from=spaceport/wheels:1,target=/run/spaceport/wheels" in result


def test_the_gradio_template_gets_the_mounts_in_each_run() -> None:
    text = (Path(__file__).parents[2] / "templates" / "gradio" / "Dockerfile").read_text()
    runs = [each for each in read_instructions(text) if each.keyword == "RUN"]

    assert template_dockerfile(text, MOUNTS).count(MOUNTS.flags) == len(runs) >= 3
    assert required_images(text, "spaceport/base", {}) == ["spaceport/base"]


@pytest.mark.parametrize(
    ("line", "refers"),
    [
        ("gradio==6.0 # a comment with ./path", False),
        ("torch>=2 --hash=sha256:abc", False),
        ("package @ https://host.test/a/b.git", False),
        ("git+https://host.test/a/b", False),
        ("-r other.txt", True),
        ("--requirement=other.txt", True),
        ("-e .", True),
        ("-c constraints.txt", True),
        ("./package", True),
        ("package/", True),
        ("wheels/x-1.0-py3-none-any.whl", True),
        ("x @ file:./package", True),
    ],
)
def test_references_to_other_files_of_the_commit_are_seen(line: str, refers: bool) -> None:
    assert refers_to_other_files(f"six\n{line}\n") is refers


INSTRUCTION_LINES = st.sampled_from(
    [
        "FROM a AS b",
        "RUN x",
        "RUN <<EOF",
        "EOF",
        "ENV A=1 \\",
        "RUN a && \\",
        "  # comment",
        "",
        "\t",
        "COPY <<A <<B /",
        "A",
        "B",
    ]
)
ANY_TEXT = st.one_of(
    st.text(), st.lists(st.one_of(INSTRUCTION_LINES, st.text(max_size=20)), max_size=20).map("\n".join)
)


@given(ANY_TEXT)
def test_reading_any_text_loses_no_character(text: str) -> None:
    assert "".join(instruction.text for instruction in read_instructions(text)) == text


@given(ANY_TEXT)
def test_rewriting_any_text_only_adds(text: str) -> None:
    bare = template_dockerfile(text, MOUNTS).replace(f" {MOUNTS.flags}", "").replace(MOUNTS.arguments, "")

    assert bare.removesuffix("\n") == text.removesuffix("\n")


@given(ANY_TEXT)
def test_rewriting_keeps_the_instructions_and_their_order(text: str) -> None:
    before = [each.keyword for each in read_instructions(text) if each.keyword]
    after = [each.keyword for each in read_instructions(template_dockerfile(text, MOUNTS)) if each.keyword]

    assert [keyword for keyword in after if keyword != "ARG"] == [keyword for keyword in before if keyword != "ARG"]
