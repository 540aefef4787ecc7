"""What others hear of discussions: a row of history for each change, without a word that somebody wrote."""

from spaceport.domain.account import Caller
from spaceport.domain.discussion import Discussion, DiscussionEvent
from spaceport.domain.history import HappeningKind
from spaceport.interfaces import Transaction
from spaceport.services import Services

#: Scope of a comment that is news of its own: the first one comes with its discussion. Source: hub-api.md 11.5.
COMMENT = "discussion.comment"
#: Rows kept of each repo.
TALK_KEPT = 200


def tell(
    tx: Transaction,
    services: Services,
    discussion: Discussion,
    caller: Caller,
    verb: str,
    action: str = "update",
    comment: DiscussionEvent | None = None,
    scope: str = "discussion",
    change: str = "",
) -> None:
    """
    ``action`` is ``create``, ``update`` or ``delete``, ``verb`` the same for people; ``scope`` is that of webhooks,
    ``change`` what an update is of where that is news to who takes part.

    Titles and comments are looked up when a webhook is told: what is hidden or deleted by then is told to nobody.
    """
    what = "pull request" if discussion.is_pull_request else "discussion"
    details = {
        "action": action,
        "scope": scope,
        "type": discussion.repo_type,
        "discussion": discussion.id,
        "number": discussion.number,
        "author": discussion.author_id,
        "status": str(discussion.status),
        "isPullRequest": discussion.is_pull_request,
    }
    if change:
        details["change"] = change
    if comment is not None:
        details["comment"] = comment.id
    summary = f"{caller.name} {verb} {what} {discussion.number}"
    now = services.clock.now()
    tx.history.add(discussion.repo_id, now, HappeningKind.DISCUSSION, caller.name, summary, details)
    tx.history.trim(discussion.repo_id, TALK_KEPT, (HappeningKind.DISCUSSION,))
