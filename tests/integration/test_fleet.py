"""What runners are told and what is remembered of them, on a real Redis."""

from redis import Redis
from tests.unit.factories import NOW, ago, make_report

from spaceport.adapters.fleet import RedisFleet
from spaceport_runner.contract import OBSERVED_KEY, WANTED_KEY, InstanceSpec, InstanceState, Limits


def test_the_next_controller_knows_since_when_a_runner_is_missed_and_nobody_knows_it_for_long(
    redis_url: str, redis: Redis
) -> None:
    before, after = RedisFleet(redis_url), RedisFleet(redis_url)
    before.note_missed({"lost": ago(100), "late": NOW})

    assert after.missed() == {"lost": ago(100), "late": NOW}
    [key] = redis.keys("spaceport:missed*")
    assert 0 < int(redis.ttl(key)) <= 60
    redis.delete(key)
    assert after.missed() == {}

    before.close()
    after.close()


def spec_of(space_id: str) -> InstanceSpec:
    return InstanceSpec(
        instance_id=space_id,
        space_id=space_id,
        space_name=f"ada/{space_id}",
        release_id="release",
        generation=1,
        sdk="gradio",
        template="gradio",
        image="image",
        sha="a" * 40,
        source_url="http://127.0.0.1/none",
        source_token="none",
        app_file="app.py",
        app_port=7860,
        limits=Limits(memory_bytes=1, cpus=1),
        start_timeout_seconds=60,
    )


def test_what_nobody_could_decide_about_stays_wanted_and_a_report_that_cannot_be_read_is_left_out(
    redis_url: str, redis: Redis
) -> None:
    fleet = RedisFleet(redis_url)
    odd, gone, fine = (spec_of(each) for each in ("odd", "gone", "fine"))
    fleet.want("local", [odd, gone])

    fleet.want("local", [fine], spared={"odd"})

    assert set(redis.hkeys(WANTED_KEY.format(runner_id="local"))) == {b"odd", b"fine"}
    for name, text in (("fine", make_report("fine", InstanceState.READY).model_dump_json()), ("odd", '{"state": "?"}')):
        redis.hset(OBSERVED_KEY.format(runner_id="local"), name, text)
    assert set(fleet.observed(["local"])) == {"fine"}
    fleet.close()
