import gradio as gr

with gr.Blocks() as demo:
    picture = gr.Image(source="webcam")
demo.launch()
