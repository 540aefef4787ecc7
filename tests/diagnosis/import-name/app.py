from huggingface_hub import cached_download

print(cached_download("http://127.0.0.1/model.bin"))
