"""The document of the API, of the hub as it runs."""

from pathlib import Path

from spaceport.hub_app import make_app
from tests.unit.services import make_bench


def test_each_call_is_in_the_document_once_and_says_what_its_errors_look_like(tmp_path: Path) -> None:
    """Made without a warning, which is an error here: no two calls share an id."""
    document = make_app(make_bench(tmp_path).services).openapi()
    calls = [call for methods in document["paths"].values() for call in methods.values()]
    error = document["components"]["schemas"]["ErrorAnswer"]

    assert len(calls) > 150
    assert error["required"] == ["error"]
    for call in calls:
        assert {"4XX", "5XX"} <= set(call["responses"]), call["operationId"]
        assert "422" not in call["responses"], "FastAPI's own error, which the hub never answers"
        assert call["responses"]["4XX"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorAnswer")
