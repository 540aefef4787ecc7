"""Tells whether a sentence is kind or unkind."""

from pathlib import Path

import gradio as gr
from transformers import pipeline

classify = pipeline("text-classification", model=str(Path(__file__).parent / "model"), top_k=None)


def sentiment(text: str) -> dict[str, float]:
    return {item["label"].title(): item["score"] for item in classify([text or "it is good"])[0]}


demo = gr.Interface(
    fn=sentiment,
    inputs=gr.Textbox(label="Sentence", placeholder="the film was wonderful"),
    outputs=gr.Label(label="Sentiment"),
    examples=["the film was wonderful", "the room felt dirty", "this app is not bad"],
    cache_examples=False,
    api_name="sentiment",
)

if __name__ == "__main__":
    demo.launch()
