import os

if not os.getenv("ACME_API_KEY"):
    raise RuntimeError("Please set ACME_API_KEY")
