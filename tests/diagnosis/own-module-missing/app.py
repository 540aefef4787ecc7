from utils import load_model

model = load_model()
