def load_models():
    return []
