"""Says hello."""

import gradio as gr


def greet(name: str) -> str:
    return f"Hello, {name or 'stranger'}!"


demo = gr.Interface(fn=greet, inputs=gr.Textbox(label="Name"), outputs=gr.Textbox(label="Greeting"), api_name="greet")

if __name__ == "__main__":
    demo.launch()
