"""What the hub knows of a repo besides its card: read from the files at the head of ``main``, never from code run."""

from spaceport.repos.metadata.reading import Metadata, read_metadata
from spaceport.repos.metadata.repo_files import LargeFiles, RepoFiles, TreeFiles

__all__ = ["LargeFiles", "Metadata", "RepoFiles", "TreeFiles", "read_metadata"]
