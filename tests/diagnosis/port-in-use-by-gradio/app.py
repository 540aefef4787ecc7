import gradio as gr

first = gr.Interface(str, "text", "text")
first.launch(prevent_thread_lock=True)
second = gr.Interface(str, "text", "text")
second.launch()
