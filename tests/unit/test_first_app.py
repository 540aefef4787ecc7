"""What an empty Space teaches must be what its kind of app runs."""

import ast

import pytest

from spaceport.web.first_app import first_app_of


@pytest.mark.parametrize(("sdk", "package"), [("gradio", "gradio"), ("streamlit", "streamlit")])
def test_a_python_app_is_valid_and_uses_the_package_of_its_sdk(sdk: str, package: str) -> None:
    first = first_app_of(sdk, "spaceport/base")

    [imported] = [node for node in ast.walk(ast.parse(first.content)) if isinstance(node, ast.Import)]
    assert first.path == "app.py"
    assert imported.names[0].name == package


def test_a_dockerfile_starts_from_the_image_that_this_hub_has() -> None:
    first = first_app_of("docker", "images.example/python")

    assert first.path == "Dockerfile"
    assert first.content.startswith("FROM images.example/python\n")


def test_the_command_writes_the_file_as_it_is() -> None:
    first = first_app_of("static", "")

    assert first.command == f"cat > index.html <<'EOF'\n{first.content}EOF"
