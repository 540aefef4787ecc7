import gradio as gr


def detect(image, options):
    return options


gr.Interface(detect, [gr.Image(), gr.JSON()], gr.JSON()).launch()
