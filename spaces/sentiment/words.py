"""The sentences the model is trained on: made by combining subjects, verbs and judgements."""

from itertools import product

SUBJECTS = (
    "the film", "the food", "this phone", "the hotel", "the service", "my new laptop", "the book", "this demo", "it",
    "the music", "the acting", "the room", "their support", "the story", "this app",
)  # fmt: skip
VERBS = ("is", "was", "turned out to be", "seems", "felt")
GOOD = (
    "great", "wonderful", "excellent", "amazing", "lovely", "fantastic", "perfect", "brilliant", "delightful", "superb",
    "good", "very good", "really nice", "fun", "beautiful", "not bad", "awesome", "charming", "fast", "reliable",
)  # fmt: skip
BAD = (
    "terrible", "awful", "horrible", "disappointing", "boring", "bad", "very bad", "a waste of time", "ugly", "broken",
    "slow", "poor", "dreadful", "annoying", "useless", "not good", "dirty", "rude", "cheap and nasty", "unreliable",
)  # fmt: skip
LOVE = ("i love {}", "i really enjoyed {}", "i recommend {}", "we were happy with {}", "i like {}")
HATE = ("i hate {}", "i regret {}", "i cannot recommend {}", "we were unhappy with {}", "i dislike {}")


def sentences() -> list[tuple[str, int]]:
    """Sentences with 1 for positive, 0 for negative."""
    found = [
        (f"{s} {v} {word}", label)
        for s, v in product(SUBJECTS, VERBS)
        for label, words in enumerate((BAD, GOOD))
        for word in words
    ]
    found += [
        (pattern.format(s), label)
        for s in SUBJECTS
        for label, patterns in enumerate((HATE, LOVE))
        for pattern in patterns
    ]
    return found
