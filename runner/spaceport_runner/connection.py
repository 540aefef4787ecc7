"""Connections to Redis: a patient kind for queue workers, a brief kind for loops that try again by themselves."""

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError
from redis.retry import Retry

#: What a restarting Redis looks like from outside; anything else is a mistake of ours.
REDIS_AWAY = (ConnectionError, TimeoutError, BusyLoadingError)

#: About three minutes of trying. Fewer make an RQ worker give up its job when Redis restarts.
_PATIENT_RETRIES = 90
_BRIEF_RETRIES = 2
#: Seconds a command of a brief connection may take.
_BRIEF_TIMEOUT_SECONDS = 5


def connect_patiently(redis_url: str) -> Redis:
    """For RQ workers: a Redis that is away for half a minute is not noticed. ``redis_url`` may be unix:// too."""
    return Redis.from_url(
        redis_url,
        retry=Retry(ExponentialBackoff(cap=2, base=0.1), _PATIENT_RETRIES),
        retry_on_error=list(REDIS_AWAY),
        socket_connect_timeout=_BRIEF_TIMEOUT_SECONDS,
        health_check_interval=15,
    )


def connect_briefly(redis_url: str) -> Redis:
    """For loops with a retry of their own: a Redis that is away raises one of REDIS_AWAY within seconds."""
    return Redis.from_url(
        redis_url,
        decode_responses=True,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), _BRIEF_RETRIES),
        retry_on_error=list(REDIS_AWAY),
        socket_timeout=_BRIEF_TIMEOUT_SECONDS,
        socket_connect_timeout=_BRIEF_TIMEOUT_SECONDS,
        health_check_interval=15,
    )
