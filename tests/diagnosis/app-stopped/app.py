raise ValueError("the model and its tokenizer differ")
