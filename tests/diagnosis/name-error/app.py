gr.Interface(str, "text", "text").launch()
