"""Code that uses a repo, to be copied from its page. Pure."""

from spaceport.domain.repo import Repo, RepoType


def use_snippet(repo: Repo) -> str:
    """For a reader who has set ``HF_ENDPOINT`` to this hub."""
    if repo.type is RepoType.DATASET:
        return f'from datasets import load_dataset\n\ndataset = load_dataset("{repo.full_name}")'
    if repo.library_name == "transformers" and repo.pipeline_tag:
        return (
            "from transformers import pipeline\n\n"
            f'pipe = pipeline("{_plain(repo.pipeline_tag)}", model="{repo.full_name}")'
        )
    if repo.library_name == "transformers":
        return f'from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained("{repo.full_name}")'
    return f'from huggingface_hub import snapshot_download\n\nfolder = snapshot_download("{repo.full_name}")'


def _plain(text: str) -> str:
    """A word of a card inside quotes."""
    return "".join(character for character in text if character.isalnum() or character in "-_")
