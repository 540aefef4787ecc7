"""Loads what ``transformers_push`` pushed; prints what each ``name`` or ``name@revision`` answers, or the refusal."""

import json
import sys
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

SENTENCE = "a tiny model"


def answer_of(asked: str) -> Any:
    repo, _, revision = asked.partition("@")
    try:
        model = AutoModelForSequenceClassification.from_pretrained(f"ada/{repo}", revision=revision or "main").eval()
        tokenizer = AutoTokenizer.from_pretrained(f"ada/{repo}")
    except OSError as error:
        return str(error)
    with torch.no_grad():
        return model(**tokenizer(SENTENCE, return_tensors="pt", return_token_type_ids=False)).logits.tolist()


def guessed_task() -> str:
    """No task is named: the hub's ``pipeline_tag`` says which it is."""
    made = pipeline(model="ada/whole")
    assert made(SENTENCE)[0]["label"] in {"large", "tiny"}
    return made.task


answers = {asked: answer_of(asked) for asked in sys.argv[1].split(",")}
print(json.dumps(answers | ({"task": guessed_task()} if "guess" in sys.argv else {})))
