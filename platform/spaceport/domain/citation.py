"""What the card of a dataset asks to be cited by. Pure."""

import re

#: Of a citation; longer blocks are something else.
_MAX_CHARACTERS = 10_000
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*(\w*)[^`\n]*")
_ENTRY = re.compile(r"@[A-Za-z]+\s*\{")


def citation_of(readme: str) -> str | None:
    """
    The first block of code that begins with an entry of BibTeX, as cards have it; None without one.

    Source: the template of dataset cards in ``huggingface_hub`` (``templates/datasetcard_template.md``, "Citation").
    """
    fence, block = "", list[str]()
    for line in readme.splitlines():
        found = _FENCE.fullmatch(line.rstrip())
        if not fence:
            if found is not None:
                fence, block = found[1], []
        elif found is not None and found[1].startswith(fence) and not found[2]:
            text = "\n".join(block).strip()
            if _ENTRY.match(text) and len(text) <= _MAX_CHARACTERS:
                return text
            fence = ""
        else:
            block.append(line)
    return None
