"""The key to one commit: what a runner shows the hub to fetch it."""

import hashlib
import hmac


def source_token(internal_secret: str, space_id: str, sha: str) -> str:
    """A token that opens the archive of this commit of this Space and nothing else."""
    return hmac.new(internal_secret.encode(), f"source:{space_id}:{sha}".encode(), hashlib.sha256).hexdigest()


def source_path(space_id: str, sha: str) -> str:
    """Path on the hub where the archive of a commit is."""
    return f"/internal/commits/{space_id}/{sha}.tar"
