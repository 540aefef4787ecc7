"""Makes a tiny classifier with its tokenizer and pushes them; prints what the model answers."""

import json

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

SENTENCE = "a tiny model"


def make_tokenizer() -> PreTrainedTokenizerFast:
    words = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", *SENTENCE.split()]
    inner = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        chat_template="{{ messages[0].content }}",
    )


def make_model() -> BertForSequenceClassification:
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=16,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        id2label={0: "large", 1: "tiny"},
        label2id={"large": 0, "tiny": 1},
    )
    return BertForSequenceClassification(config).eval()


model, tokenizer = make_model(), make_tokenizer()
with torch.no_grad():
    logits = model(**tokenizer(SENTENCE, return_tensors="pt", return_token_type_ids=False)).logits

model.push_to_hub("ada/whole")
tokenizer.push_to_hub("ada/whole")
model.push_to_hub("ada/sharded", private=True, max_shard_size="8KB")
tokenizer.push_to_hub("ada/sharded")
pipeline("text-classification", model=model, tokenizer=tokenizer).push_to_hub("ada/piped")
with torch.no_grad():
    model.classifier.bias += 1
    changed = model(**tokenizer(SENTENCE, return_tensors="pt", return_token_type_ids=False)).logits
model.push_to_hub("ada/whole", revision="raised", commit_message="Raise the bias")
model.push_to_hub("ada/whole", create_pr=True)
print(json.dumps({"logits": logits.tolist(), "changed": changed.tolist()}))
