"""The hot paths take no more instructions than recorded: slower code is noticed on any machine, without a clock."""

import json
import shutil
from pathlib import Path

import pytest
from bench import instructions
from bench.instructions import GROWTH_ELSEWHERE, GROWTH_MAX, GROWTH_NEAR, grown, measure, recorded, surroundings


def test_what_counts_as_growth() -> None:
    """A tenth more is taken, more than that is not; paths that are only on one side are told."""
    assert grown({"a": 1.1, "b": 0.5}, {"a": 1.0, "b": 1.0}) == []
    assert grown({"a": 1.2, "b": 1.0}, {"a": 1.0, "c": 1.0}) == [
        "b is not recorded",
        "a takes 20% more instructions: 1.2 for 1.0",
        "c is recorded and not measured",
    ]


def test_elsewhere_more_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With another library, compiler or Python than the record was made with instructions are others."""
    monkeypatch.setattr(instructions, "RECORDED", tmp_path / "record")
    here = surroundings()
    found = []
    for there in (here, {**here, "orjson": "0"}, {**here, "python": "2.7.18 GCC 12.2.0"}):
        instructions.RECORDED.write_text(json.dumps({"surroundings": there, "paths": {}}))
        found.append(recorded()[1])

    assert [GROWTH_MAX, GROWTH_NEAR, GROWTH_ELSEWHERE] == found


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed; ./dev setup installs it")
def test_no_hot_path_grew() -> None:
    """No path grew by more than the limit. What is meant to cost more is recorded: CONTRIBUTING.md says how."""
    before, limit = recorded()
    wrong = grown(measure(), before, limit)
    assert not wrong, f"{wrong}; the limit is {limit:.0%}. Meant to be so? python -m bench.instructions --record"
