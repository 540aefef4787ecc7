import gradio as gr

gr.Interface(str, "text", "text").launch()
