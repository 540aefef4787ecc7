from helpers import load_model

model = load_model()
