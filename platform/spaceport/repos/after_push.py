"""What happens after refs have moved, whoever moved them: a push, a commit over the API, a merge."""

from collections.abc import Sequence

from spaceport.deployments import HISTORY_KEPT
from spaceport.domain.history import NO_TALK, HappeningKind
from spaceport.domain.push import Push
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.paths import MAIN
from spaceport.repos.publish import publish_main
from spaceport.repos.refs import HEADS, TAGS, Moved
from spaceport.repos.repo_pushes import publish_repo
from spaceport.services import Services

_MAX_REMEMBERED = 100


def after_push(services: Services, repo: Space | Repo, moved: Sequence[Moved], pusher: str) -> Push | None:
    """
    Publish ``main``, if it moved, and write down what moved, which is what webhooks are told.

    Returns the push of a Space, from which a build follows; None where a newer one was published meanwhile, and for
    everything else. Doing it twice is fine but for the history.

    Raises: SpaceNotFound.
    """
    main = next((each for each in moved if each.ref == MAIN and not each.is_deletion), None)
    push = None
    if isinstance(repo, Space):
        # Publishing a Space writes its own line of history.
        push = _publish(services, repo, pusher, main.new) if main else None
        _remember(services, repo, [each for each in moved if each.ref != MAIN], pusher)
    else:
        if main is not None:
            publish_repo(services, repo.id)
        _remember(services, repo, moved, pusher)
    return push


def describe(moved: Moved) -> str:
    """One line for people; pure."""
    name = moved.ref.removeprefix(HEADS).removeprefix(TAGS)
    return f"{name} was removed" if moved.is_deletion else f"{name} is at {moved.new[:7]}"


def _publish(services: Services, space: Space, pusher: str, sha: str) -> Push | None:
    published = publish_main(services, space.id, pusher)
    if published is not None and published.sha == sha:
        return published
    # Somebody else published first: the repair round, or a push that came right after this one.
    with services.database.read() as tx:
        return tx.pushes.by_sha(space.id, sha)


def _remember(services: Services, repo: Space | Repo, moved: Sequence[Moved], pusher: str) -> None:
    if not moved:
        return
    now = services.clock.now()
    with services.database.begin() as tx:
        for each in moved[:_MAX_REMEMBERED]:
            details = {"ref": each.ref, "oldSha": each.old, "newSha": each.new}
            summary = f"push by {pusher}: {describe(each)}"
            tx.history.add(repo.id, now, HappeningKind.PUSH, pusher, summary[:500], details)
        tx.history.trim(repo.id, HISTORY_KEPT, NO_TALK)
