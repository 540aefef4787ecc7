"""Calls a Space by its name, and builds it into an app of its own as ``gr.load`` does; prints what both say."""

import json
import os
import sys

import gradio as gr
from gradio.external import from_spaces_blocks
from gradio_client import Client

SPACE = sys.argv[1]
TOKEN = os.environ.get("HF_TOKEN")


def loaded() -> str:
    """By the part of ``gr.load`` behind its look-up, which asks the public Hub whatever the endpoint is."""
    app = gr.load(SPACE, src=lambda name, token: from_spaces_blocks(name, token), token=TOKEN)
    _, address, _ = app.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    try:
        return Client(address, verbose=False).predict("Grace", api_name="/greet")
    finally:
        app.close(verbose=False)


def called() -> str:
    try:
        client = Client(SPACE, token=TOKEN, verbose=False)
    except Exception as error:
        return type(error).__name__
    return client.predict("Ada", api_name="/greet")


answer = called()
print(json.dumps({"called": answer, "loaded": loaded() if answer.startswith("Hello") else None}))
