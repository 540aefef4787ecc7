"""A FastAPI app in a container of its own."""

import os

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def root() -> dict[str, str]:
    return {"message": "Hello from a Dockerfile", "space": os.environ.get("SPACE_ID", "")}
