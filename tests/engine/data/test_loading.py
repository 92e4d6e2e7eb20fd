import os
import shutil
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from stl_tl_gui.engine.data import Dataset, ImageSet, open_dataset
from stl_tl_gui.engine.data.augmentation import AUGMENTATIONS
from stl_tl_gui.engine.data.decoding import UnreadableImage
from stl_tl_gui.engine.data.loading import PackedImages, pack, prefetched, take
from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.data.stl10_files import BinaryImages
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.machine.randomness import Randomness
from stl_tl_gui.engine.storage.array_cache import NoRoom
from stl_tl_gui.engine.training.features import Features, Pixels

PREPROCESSING = Preprocessing(32, "stretch", (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))


def packed(images: ImageSet, preprocessing: Preprocessing = PREPROCESSING) -> PackedImages:
    job = pack(images, preprocessing, "Reading", lambda: False)
    while True:
        try:
            assert next(job).stage == "Reading"
        except StopIteration as stop:
            return stop.value


def everything(packed: PackedImages) -> torch.Tensor:
    return packed.pixels(torch.arange(len(packed)))


def one_by_one(images: ImageSet, preprocessing: Preprocessing = PREPROCESSING) -> torch.Tensor:
    return torch.from_numpy(np.stack([preprocessing.pixels(images.read(index)) for index in range(len(images))]))


def opened(folder: Path, drain: Any) -> Dataset:
    return drain(open_dataset(str(folder)))[1]


@pytest.mark.parametrize("place", ["kept", "memory", "file"])
def test_that_packed_pictures_are_the_same_wherever_they_lie(
    place: str, colours: Path, home: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = opened(colours, drain).splits["train"]
    if place != "kept":
        monkeypatch.setattr("stl_tl_gui.engine.storage.array_cache._MOST", 0)
    if place == "file":
        monkeypatch.setattr("stl_tl_gui.engine.data.loading._IN_MEMORY", 0)
    result = packed(images)
    assert torch.equal(everything(result), one_by_one(images))
    assert np.array_equal(result.targets, images.targets)
    assert len(list((home / "cache" / "arrays").glob("*"))) == (place == "kept")
    assert not list((home / "cache").glob("tmp*"))


def test_that_pictures_are_decoded_once_for_all_runs(
    colours: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = opened(colours, drain).splits["train"]
    first = packed(images)
    with monkeypatch.context() as patched:
        patched.setattr(type(images), "read", None)
        again = packed(opened(colours, drain).splits["train"])
    assert torch.equal(everything(again), everything(first))
    assert torch.equal(again.targets, first.targets)
    assert again.identity == first.identity
    larger = Preprocessing(40, "stretch", PREPROCESSING.mean, PREPROCESSING.std)
    assert packed(images, larger).identity != first.identity
    Image.new("RGB", (9, 9), "white").save(images.path(0))
    assert everything(packed(images))[0].min() == 255


def test_that_a_set_with_an_unreadable_picture_is_not_kept(colours: Path, drain: Any) -> None:
    images = opened(colours, drain).splits["train"]
    whole = images.path(3).read_bytes()
    images.path(3).write_bytes(b"")
    for _ in range(2):
        result = packed(images)
        assert [picture.id for picture in result.unreadable] == [images.ids[3]]
        assert torch.equal(everything(result), one_by_one(images.subset(np.delete(np.arange(len(images)), 3))))
    images.path(3).write_bytes(whole)
    assert len(packed(images)) == len(images)


def test_that_pictures_without_one_that_could_not_be_read_are_others(
    colours: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = opened(colours, drain).splits["train"]
    read = type(images).read

    def away(self: Any, index: int, at_least: int | None = None) -> Image.Image:
        if index == 3:
            raise UnreadableImage("it", "is away")
        return read(self, index, at_least)

    with monkeypatch.context() as patched:
        patched.setattr(type(images), "read", away)
        fewer = packed(images)
    assert len(fewer) == len(images) - 1
    assert packed(images).identity != fewer.identity


def test_that_pictures_of_one_size_and_time_that_change_places_are_others(colours: Path, drain: Any) -> None:
    images = opened(colours, drain).splits["train"]
    one, other = images.path(0), images.path(1)
    for path, colour in ((one, "white"), (other, "black")):
        Image.new("RGB", (32, 32), colour).save(path, format="bmp")
        os.utime(path, (10**9, 10**9))
    assert one.stat().st_size == other.stat().st_size
    assert everything(packed(images))[0].min() == 255
    one.rename(colours / "aside")
    other.rename(one)
    (colours / "aside").rename(other)
    assert everything(packed(images))[0].max() == 0


def test_that_a_home_that_cannot_be_written_to_only_costs_time(colours: Path, home: Path, drain: Any) -> None:
    images = opened(colours, drain).splits["train"]
    shutil.rmtree(home / "cache")
    (home / "cache").write_text("in the way")
    assert torch.equal(everything(packed(images)), one_by_one(images))


def test_that_stopping_while_packing_keeps_nothing(colours: Path, home: Path, drain: Any) -> None:
    images = opened(colours, drain).splits["train"]
    with pytest.raises(Cancelled):
        drain(pack(images, PREPROCESSING, "Reading", lambda: True))
    assert not list((home / "cache" / "arrays").glob("*"))


@pytest.mark.parametrize("size", [96, 64])
def test_that_pictures_stored_as_squares_are_packed_as_they_are_read(
    size: int, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.random.default_rng(0).integers(0, 256, 200 * 3 * 96 * 96, np.uint8).tofile(tmp_path / "train_X.bin")
    rows = np.random.default_rng(1).permutation(200)[:150]
    images = BinaryImages(tmp_path / "train_X.bin", rows, [str(row) for row in rows], rows % 10)
    preprocessing = Preprocessing(size, "stretch", PREPROCESSING.mean, PREPROCESSING.std)
    expected = one_by_one(images, preprocessing)
    if size == 96:
        monkeypatch.setattr(BinaryImages, "read", None)
    result = packed(images, preprocessing)
    assert torch.equal(everything(result), expected)
    assert torch.equal(result.pixels(torch.tensor([149, 3, 3])), expected[[149, 3, 3]])
    assert np.array_equal(result.targets, rows % 10)
    assert len(list((home / "cache" / "arrays").glob("*"))) == (size != 96), "what is there already is kept again"


def test_that_a_disk_without_room_for_the_pictures_is_said_before_they_are_read(
    colours: Path, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = opened(colours, drain)
    monkeypatch.setattr("stl_tl_gui.engine.data.loading._IN_MEMORY", 0)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(NoRoom, match="smaller input size"):
        next(pack(data.splits["train"], PREPROCESSING, "Reading", lambda: False))


def test_that_items_are_prepared_one_ahead_in_their_order() -> None:
    prepared: list[int] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for number in range(4):
            prepared.append(number)
            if number == 1:
                second.set()
            yield number

    ahead = prefetched(items())
    assert next(ahead) == 0
    assert second.wait(10)
    assert list(ahead) == [1, 2, 3]
    assert prepared == [0, 1, 2, 3]


def test_that_an_error_in_preparing_comes_where_its_item_would() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    ahead = prefetched(items())
    assert next(ahead) == 1
    with pytest.raises(KeyError, match="two"):
        next(ahead)


def test_that_preparing_ends_when_nobody_wants_more() -> None:
    before = threading.active_count()
    ahead = prefetched(iter(range(100)))
    next(ahead)
    assert threading.active_count() == before + 1
    ahead.close()
    assert threading.active_count() == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted by Linux's list of them")
@pytest.mark.parametrize("kind", ["packed", "squares", "features", "views"])
def test_that_preparing_batches_starts_no_threads_that_would_slow_the_arithmetic(kind: str, tmp_path: Path) -> None:
    def threads() -> int:
        return len(list(Path("/proc/self/task").iterdir()))

    targets, indices = np.zeros(40, np.int64), torch.arange(39, -1, -1)
    pictures = torch.randint(256, (40, 3, 96, 96), dtype=torch.uint8)
    pictures.transpose(2, 3).contiguous().numpy().tofile(tmp_path / "train_X.bin")
    squares = BinaryImages(tmp_path / "train_X.bin", np.arange(40), list(map(str, range(40))), targets)
    plain = Preprocessing(96, "stretch", PREPROCESSING.mean, PREPROCESSING.std)
    views = [pictures.bfloat16()] * (3 if kind == "views" else 1)
    pixels = packed(squares, plain) if kind == "squares" else PackedImages(partial(take, pictures), None, (), "")
    inputs = Features(views, None, 1) if kind in ("features", "views") else Pixels(pixels, plain, AUGMENTATIONS["none"])

    def items() -> Iterator[torch.Tensor]:
        before = threads()
        yield inputs.gather(indices, Randomness(0))
        assert threads() == before

    (gathered,) = prefetched(items())
    assert torch.equal(gathered.to(torch.uint8), pictures[indices])
