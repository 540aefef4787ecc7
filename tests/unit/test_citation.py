"""The citation of a card: the first entry of BibTeX that its text has."""

import pytest

from spaceport.domain.citation import citation_of

ENTRY = """@article{lovelace1843notes,
  title={Notes on the {Analytical} Engine},
  author={Ada Lovelace},
  year={1843}
}"""


@pytest.mark.parametrize(
    "readme",
    [
        f"# Notes\n\n## Citation\n\n```bibtex\n{ENTRY}\n```\n\nMore.",
        f"# Notes\n\n### Citation Information\n\n```\n{ENTRY}\n```\n",
        f"Cite it so:\n\n~~~ BibTeX\n{ENTRY}\n~~~\n",
        f"# Citing\n\n````\n{ENTRY}\n````",
    ],
)
def test_a_block_of_bibtex_is_the_citation(readme: str) -> None:
    assert citation_of(readme) == ENTRY


def test_all_entries_of_the_block_belong_to_it_and_other_blocks_do_not() -> None:
    two = f"{ENTRY}\n@misc{{other,\n  title={{Other}}\n}}"

    assert citation_of(f"```python\n@decorator\ndef f(): ...\n```\n\n```bibtex\n{two}\n```\n") == two


@pytest.mark.parametrize(
    "readme",
    [
        "",
        "# Notes",
        "```python\n@app.get('/')\ndef f(): ...\n```",
        f"```bibtex\n{ENTRY}",
        "```\n@article\n```",
        "@" * 99,
    ],
)
def test_without_one_there_is_no_citation(readme: str) -> None:
    assert citation_of(readme) is None


def test_a_long_block_is_none() -> None:
    assert citation_of("```bibtex\n@misc{x,\n" + "a" * 20_000 + "}\n```") is None
