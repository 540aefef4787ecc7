"""Logs of builds hide secrets, in the file and in what is reported; run logs begin with what starts."""

from pathlib import Path

import pytest

from spaceport_runner.build_log import BuildLog, run_log_header
from spaceport_runner.contract import InstanceSpec, Limits, build_log_path
from spaceport_runner.sealing import SealBroken, Sealer, sealing_key
from spaceport_runner.secret_values import open_secrets
from spaceport_runner.settings import RunnerSettings
from tests.unit.factories import make_request


def settings_in(folder: Path) -> RunnerSettings:
    return RunnerSettings("test", folder, folder, "redis://")


def spec(**changes: object) -> InstanceSpec:
    values: dict[str, object] = {
        "instance_id": "i", "space_id": "s", "space_name": "a/b", "release_id": "r", "generation": 1, "sdk": "gradio",
        "template": "gradio", "image": "i", "sha": "0" * 40, "source_url": "", "source_token": "", "app_file": "",
        "app_port": 7860, "limits": Limits(memory_bytes=1, cpus=1), "start_timeout_seconds": 1, **changes,
    }  # fmt: skip
    return InstanceSpec.model_validate(values)


def test_a_hidden_value_is_neither_in_the_file_nor_in_the_report(tmp_path: Path) -> None:
    with BuildLog(settings_in(tmp_path), make_request(build_id="b")) as log:
        log.hide(["s3cr3t-value"])
        log.write("fetching https://user:s3cr3t-value@example.org")

    assert log.tail()[-1] == "fetching https://user:***@example.org"
    assert "s3cr3t" not in build_log_path(tmp_path, "b").read_text()


def test_the_header_of_a_run_names_release_and_restart() -> None:
    assert " / Release 3 / Restart 2 =====" in run_log_header(spec(release_number=3, restart=2))
    assert run_log_header(spec(release_number=3)).endswith(" / Release 3 =====")
    assert run_log_header(spec()).startswith("===== Application Startup at 20")


def test_secrets_open_with_the_key_of_the_data_folder_or_of_the_settings_only(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    sealed = {"KEY": Sealer(sealing_key(tmp_path)).seal("välue \ud800")}

    assert open_secrets(settings, sealed) == {"KEY": "välue ?"}
    assert open_secrets(settings, {}) == {}
    with pytest.raises(SealBroken, match="another key"):
        open_secrets(settings, {"KEY": "never sealed"})
    with pytest.raises(SealBroken, match="cannot be used"):
        open_secrets(RunnerSettings("test", tmp_path, tmp_path, "redis://", secrets_key="no key"), sealed)
