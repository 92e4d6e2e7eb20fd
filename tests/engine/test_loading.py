from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.loading import NoRoom, pack
from stl_tl_gui.engine.data.preprocessing import Preprocessing

PREPROCESSING = Preprocessing(32, "stretch", (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))


def test_that_pictures_packed_into_a_mapped_file_are_the_same(
    colours: Path, home: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, data = drain(open_dataset(str(colours)))
    _, inside = drain(pack(data.splits["train"], PREPROCESSING, "Reading", lambda: False))
    monkeypatch.setattr("stl_tl_gui.engine.data.loading._IN_MEMORY", 0)
    _, mapped = drain(pack(data.splits["train"], PREPROCESSING, "Reading", lambda: False))
    assert torch.equal(mapped.pixels, inside.pixels)
    assert np.array_equal(mapped.targets, data.splits["train"].targets)
    assert not list((home / "cache").glob("tmp*"))


def test_that_a_disk_without_room_for_the_pictures_is_said_before_they_are_read(
    colours: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, data = drain(open_dataset(str(colours)))
    monkeypatch.setattr("stl_tl_gui.engine.data.loading._IN_MEMORY", 0)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(NoRoom, match="smaller input size"):
        next(pack(data.splits["train"], PREPROCESSING, "Reading", lambda: False))
