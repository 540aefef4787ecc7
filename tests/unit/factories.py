"""Records with defaults: a test names only what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from spaceport.domain.build import Build
from spaceport.domain.instance import Instance
from spaceport.domain.push import Push
from spaceport.domain.release import Release
from spaceport.domain.space import Space
from spaceport_runner.contract import BuildRequest, Capabilities, InstanceReport, InstanceState, RunnerReport

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def make_space(**values: Any) -> Space:
    defaults: dict[str, Any] = {
        "id": "space",
        "owner_id": "user",
        "owner": "ada",
        "name": "demo",
        "subdomain": "ada-demo",
        "loopback_address": "127.64.0.1",
        "sdk": "gradio",
        "private": False,
        "created_at": NOW,
        "modified_at": NOW,
    }
    return Space(**defaults | values)


def make_push(**values: Any) -> Push:
    defaults: dict[str, Any] = {
        "id": "push",
        "space_id": "space",
        "sha": "a" * 40,
        "message": "a commit",
        "pushed_by": "ada",
        "pushed_at": NOW,
        "card": {"sdk": "gradio"},
        "dependency_files": {"requirements.txt": "1"},
    }
    return Push(**defaults | values)


def make_build(**values: Any) -> Build:
    defaults: dict[str, Any] = {
        "id": "build",
        "space_id": "space",
        "sha": "a" * 40,
        "deps_hash": "d",
        "trigger": "push by ada",
        "created_at": NOW,
        "deadline_at": NOW + timedelta(hours=1),
    }
    return Build(**defaults | values)


def make_release(**values: Any) -> Release:
    defaults: dict[str, Any] = {
        "id": "release",
        "space_id": "space",
        "build_id": "build",
        "number": 1,
        "sha": "a" * 40,
        "sdk": "gradio",
        "template": "gradio",
        "image": "image",
        "runner_id": "local",
        "app_file": "app.py",
        "app_port": 7860,
        "created_at": NOW,
    }
    return Release(**defaults | values)


def make_instance(**values: Any) -> Instance:
    defaults: dict[str, Any] = {
        "id": "instance",
        "space_id": "space",
        "release_id": "release",
        "runner_id": "local",
        "generation": 1,
        "created_at": NOW,
    }
    return Instance(**defaults | values)


def make_report(instance_id: str, state: InstanceState, **values: Any) -> InstanceReport:
    defaults: dict[str, Any] = {"space_id": "space", "release_id": "release", "runner_id": "local"}
    if state is InstanceState.READY:
        defaults |= {"host": "127.0.0.1", "port": 9000}
    return InstanceReport(instance_id=instance_id, state=state, **defaults | values)


def make_runner(**values: Any) -> RunnerReport:
    """``local``, on a machine with two processors and 1000 bytes of memory."""
    defaults: dict[str, Any] = {
        "runner_id": "local",
        "capabilities": Capabilities(engine="fake", dockerfile=False, apt_packages=False, python_versions=()),
        "started_at": 0,
        "reported_at": 0,
        "cpus": 2,
        "cpu_percent": 0,
        "memory_bytes": 1000,
        "memory_used_bytes": 0,
        "disk_free_bytes": 0,
        "builders": 1,
    }
    return RunnerReport(**defaults | values)


def make_request(**values: Any) -> BuildRequest:
    defaults: dict[str, Any] = {
        "build_id": "build",
        "attempt": 1,
        "space_id": "space",
        "space_name": "ada/demo",
        "sha": "a" * 40,
        "sdk": "gradio",
        "template": "gradio",
        "sdk_version": None,
        "python_version": None,
        "app_file": "app.py",
        "app_port": 7860,
        "deps_hash": "deps",
        "source_url": "http://127.0.0.1/none",
        "source_token": "none",
        "deadline_seconds": 60,
    }
    return BuildRequest(**defaults | values)
