"""The app that an empty Space teaches: the smallest that runs, one for each kind. Pure."""

from dataclasses import dataclass

_GRADIO = """\
import gradio as gr


def greet(name):
    return f"Hello {name}!"


gr.Interface(greet, "text", "text", api_name="greet").launch()
"""
_STREAMLIT = """\
import streamlit as st

name = st.text_input("Name")
if name:
    st.write(f"Hello {name}!")
"""
_STATIC = """\
<!doctype html>
<title>Hello</title>
<h1>Hello!</h1>
"""
#: Only what the base image has, so that it is built where no registry answers, too.
_DOCKERFILE = """\
FROM {base_image}
WORKDIR /srv
RUN echo "<h1>Hello!</h1>" > index.html
USER 1000
CMD ["python3", "-m", "http.server", "7860"]
"""


@dataclass(frozen=True)
class FirstApp:
    """One file, at ``path`` of the repo."""

    path: str
    content: str

    @property
    def command(self) -> str:
        """Writes the file in a shell."""
        return f"cat > {self.path} <<'EOF'\n{self.content}EOF"


def first_app_of(sdk: str, base_image: str) -> FirstApp:
    """``base_image`` is the one that builds of this hub start from; a kind that nobody knows gets Gradio's."""
    if sdk == "static":
        return FirstApp("index.html", _STATIC)
    if sdk == "docker":
        return FirstApp("Dockerfile", _DOCKERFILE.format(base_image=base_image))
    return FirstApp("app.py", _STREAMLIT if sdk == "streamlit" else _GRADIO)
