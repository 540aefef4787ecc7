"""Tokens and keys in files: whoever may read a repo may use them."""

import re

from spaceport.domain.advice.finding import Finding

#: What each looks like. Sources: the providers' documentation of their tokens' forms.
_KINDS = {
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
    "an Anthropic key": r"\bsk-ant-[\w-]{20,}",
    "an OpenAI key": r"\bsk-(?!ant-)(?:proj-)?[A-Za-z0-9_-]{20,}",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "an AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a Google key": r"\bAIza[\w-]{35}",
    "a Slack token": r"\bxox[abprs]-[\w-]{10,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
}
_ANY = re.compile("|".join(f"(?P<k{number}>{pattern})" for number, pattern in enumerate(_KINDS.values())))
_NAMES = tuple(_KINDS)
_ADVICE = "take it out, revoke it (it stays in the history), and add it as a secret of the Space"
#: Of one file: a list of keys needs to be told once.
_MAX_PER_FILE = 3


def token_findings(path: str, content: bytes) -> list[Finding]:
    """Never repeats what it found."""
    text = content.decode("utf-8", "replace")
    findings = []
    for found in _ANY.finditer(text):
        kind = _NAMES[int((found.lastgroup or "k0")[1:])]
        if _is_placeholder(found[0]):
            continue
        findings.append(Finding(path, text.count("\n", 0, found.start()) + 1, f"it looks like {kind}: {_ADVICE}"))
        if len(findings) == _MAX_PER_FILE:
            break
    return findings


def _is_placeholder(text: str) -> bool:
    """``hf_xxxxxxxx`` and ``sk-your-key-here`` stand in documentation."""
    body = text.partition("_")[2] or text.partition("-")[2]
    return len(set(body.lower())) < 6 or bool(re.search(r"your|example|xxxx|\.\.\.|placeholder", text, re.IGNORECASE))
