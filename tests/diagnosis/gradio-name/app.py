import gradio as gr

box = gr.inputs.Textbox()
gr.Interface(str, box, "text").launch()
