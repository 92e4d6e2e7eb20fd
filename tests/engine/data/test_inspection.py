import io
import json

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from stl_tl_gui.cli.main import main
from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.corrections import Corrections, read_corrections, write_corrections
from stl_tl_gui.engine.data.decoding import Origin
from stl_tl_gui.engine.data.inspection import Harm, inspect
from stl_tl_gui.engine.data.likeness import alike, clusters, components, mirrored
from stl_tl_gui.engine.data.picture_facts import facts_of
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.engine.errors import Cancelled


def scene(seed, size=(96, 72)):
    """A picture of soft shapes with crisp edges, another one for each seed."""
    random = np.random.default_rng(seed)
    rough = Image.fromarray(random.integers(0, 256, (7, 7, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
    pixels = np.asarray(rough, np.int64) + random.integers(-25, 26, (size[1], size[0], 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


@pytest.fixture
def pets(tmp_path):
    """30 sound pictures each of cats and dogs to learn from, 8 to be tested with."""
    folder = tmp_path / "pets"
    for split, count in (("train", 30), ("test", 8)):
        for label, name in enumerate(("cat", "dog")):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                scene(1000 * label + 100 * (split == "test") + number).save(folder / split / name / f"{number:02}.png")
    return folder


@pytest.fixture
def card(pets, drain):
    """Inspects the data as it is now."""

    def inspected():
        return drain(inspect(drain(open_dataset(str(pets)))[1]))[1]

    return inspected


def kinds(card):
    return {problem.kind: problem for problem in card.problems}


def test_that_sound_pictures_have_no_problems(card):
    found = card()
    assert found.problems == ()
    assert found.counts["test"] == {"cat": 8, "dog": 8}
    assert found.sizes == ((96, 72),) * 3
    assert found.modes == {"RGB": 76}


def test_that_test_pictures_that_were_learnt_from_are_told_with_both_sides(pets, card):
    small = scene(3).resize((48, 36))
    small.save(pets / "test" / "cat" / "again.jpg", quality=60)
    leak = kinds(card())["leak"]
    assert leak.harm == Harm.HIGH
    assert leak.groups == (("train/cat/03.png", "test/cat/again.jpg"),) or set(leak.groups[0]) == {
        "train/cat/03.png",
        "test/cat/again.jpg",
    }
    assert [remedy.title for remedy in leak.remedies] == ["Leave out 1 training picture"]


def test_that_for_drawn_splits_the_remedy_is_to_keep_look_alikes_together(pets, drain):
    for name in ("cat", "dog"):
        for number in range(30):
            scene(1000 * (name == "dog") + number).resize((60, 45)).save(pets / "train" / name / f"x{number:02}.png")
    _, data = drain(open_dataset(str(pets), Splitting(val_fraction=0.3)))
    leak = kinds(drain(inspect(data))[1])["leak"]
    assert leak.remedies[0].settings == {"group_by": "similar"}
    _, data = drain(open_dataset(str(pets), Splitting(val_fraction=0.3, group_by="similar")))
    assert "leak" not in kinds(drain(inspect(data))[1])


def test_that_equal_pictures_of_two_classes_are_told_and_can_be_left_out(pets, card):
    scene(5).save(pets / "train" / "dog" / "rex.png")
    conflict = kinds(card())["conflict"]
    assert sorted(conflict.groups[0]) == ["train/cat/05.png", "train/dog/rex.png"]
    (remedy,) = conflict.remedies
    write_corrections(str(pets), Corrections().with_step(remedy.title, remedy.corrections))
    assert card().problems == ()
    assert read_corrections(str(pets)).steps[0].title == "Leave out 2"


def test_that_copies_are_told_and_one_of_each_is_kept(pets, card):
    for number in range(3):
        scene(7).save(pets / "train" / "cat" / f"copy{number}.png")
    copies = kinds(card())["copies"]
    assert copies.harm == Harm.LOW
    assert len(copies.groups[0]) == 4
    assert len(copies.remedies[0].corrections) == 3


def test_that_blank_dark_and_blurred_pictures_are_told_apart(pets, card):
    folder = pets / "train" / "dog"
    Image.new("RGB", (96, 72), (90, 120, 90)).save(folder / "blank.png")
    scene(400).point(lambda value: value // 16).save(folder / "dark.png")
    scene(401).filter(ImageFilter.GaussianBlur(6)).save(folder / "blurred.png")
    found = kinds(card())
    for kind in ("blank", "dark", "blurred"):
        assert found[kind].groups == ((f"train/dog/{kind}.png",),)
        assert found[kind].remedies[0].title == "Leave out 1"


def test_that_odd_sizes_and_modes_are_told(pets, card):
    folder = pets / "train" / "cat"
    scene(500, (20, 18)).save(folder / "tiny.png")
    scene(501, (240, 60)).save(folder / "long.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 60000, (40, 50)).astype(np.uint16)).save(folder / "deep.png")
    scene(502).convert("CMYK").save(folder / "print.jpg")
    found = kinds(card())
    assert found["small"].groups == (("train/cat/tiny.png",),)
    assert found["long"].remedies[0].settings == {"resize": "pad"}
    assert found["deep"].groups == (("train/cat/deep.png",),)
    assert found["cmyk"].groups == (("train/cat/print.jpg",),)
    assert card().modes["CMYK"] == 1


def test_that_imbalance_and_few_pictures_are_told_with_their_numbers(pets, card):
    for number in range(4, 30):
        (pets / "train" / "dog" / f"{number:02}.png").unlink()
    found = card()
    assert [problem.harm for problem in found.problems] == sorted((p.harm for p in found.problems), reverse=True)
    assert "“dog” 4" in kinds(found)["few"].sentence or "“dog” 3" in kinds(found)["few"].sentence
    assert kinds(found)["few"].harm == Harm.HIGH
    assert kinds(found)["imbalance"].remedies[0].settings == {"class_weighting": "balanced"}


def test_that_unreadable_files_are_among_the_problems(pets, card):
    (pets / "train" / "cat" / "broken.png").write_bytes(b"no picture")
    found = card()
    assert found.unreadable == 1
    assert "train/cat/broken.png, which is not a picture" in kinds(found)["unreadable"].sentence


def test_that_pictures_that_were_checked_are_not_read_again(pets, card, monkeypatch):
    card()
    monkeypatch.setattr("stl_tl_gui.engine.data.listing.decode", None)
    monkeypatch.setattr("stl_tl_gui.engine.data.picture_checks.decode_with_origin", None)
    assert card().modes == {"RGB": 76}


def test_that_stl10_pictures_are_measured_once(sample, drain, monkeypatch):
    _, data = drain(open_dataset("sample"))
    _, first = drain(inspect(data))
    assert first.sizes == ((96, 96),) * 3
    monkeypatch.setattr("stl_tl_gui.engine.data.stl10_files.BinaryImages.read", None)
    assert drain(inspect(data))[1] == first


def test_that_an_inspection_is_cancelled_at_once(sample, drain):
    _, data = drain(open_dataset("sample"))
    with pytest.raises(Cancelled):
        drain(inspect(data, lambda: True))


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.resize((48, 36)),
        lambda picture: picture.convert("L").convert("RGB"),
        lambda picture: picture.point(lambda value: min(255, value * 5 // 4)),
        lambda picture: picture.filter(ImageFilter.GaussianBlur(1)),
        lambda picture: Image.open(io.BytesIO(as_jpeg(picture))),
    ],
)
def test_that_a_changed_copy_looks_like_its_original_and_nothing_else_does(change):
    originals = [scene(seed) for seed in range(40)]
    pictures = [*originals, *(change(picture).convert("RGB") for picture in originals)]
    facts = [facts_of(picture, Origin(*picture.size, "RGB")) for picture in pictures]
    assert sorted(map(tuple, alike(facts).tolist())) == [(n, n + 40) for n in range(40)]


def test_that_a_mirror_image_is_known_and_nothing_else_is_taken_for_one():
    pictures = [scene(seed) for seed in range(40)]
    pictures += [ImageOps.mirror(Image.open(io.BytesIO(as_jpeg(picture)))) for picture in pictures]
    facts = [facts_of(picture, Origin(*picture.size, "RGB")) for picture in pictures]
    assert len(alike(facts)) == 0
    assert sorted(map(tuple, mirrored(facts).tolist())) == [(n, n + 40) for n in range(40)]
    assert clusters(facts).tolist() == [*range(40), *range(40)]


def test_that_mirrored_copies_are_told_within_a_class_alone(pets, card):
    alone = set(kinds(card()))
    turned = pets / "train" / "dog" / "rex.png"
    ImageOps.mirror(scene(5)).save(turned)
    assert set(kinds(card())) == alone
    turned.rename(pets / "train" / "cat" / "rex.png")
    assert set(kinds(card())) & {"copies", "leak"}  # whether it is drawn for validation or not


def as_jpeg(picture):
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=40)
    return stream.getvalue()


def test_that_plain_pictures_are_not_taken_for_copies():
    facts = [facts_of(Image.new("RGB", (64, 64), (n, n, n)), Origin(64, 64, "RGB")) for n in range(0, 250, 10)]
    assert len(alike(facts)) == 0


def test_that_a_long_video_of_nothing_is_one_group_that_is_told_by_few_pairs():
    frame = facts_of(scene(1), Origin(96, 72, "RGB"))
    pairs = alike([frame] * 1000)
    assert len(set(components(1000, pairs).tolist())) == 1
    assert len(pairs) < 20_000  # of half a million


def test_that_chains_of_look_alikes_are_one_group():
    assert components(7, np.array([[0, 1], [5, 6], [2, 1], [3, 2]])).tolist() == [0, 0, 0, 0, 4, 5, 5]


def test_that_the_command_prints_the_card(pets, capsys):
    scene(5).save(pets / "train" / "dog" / "rex.png")
    assert main(["inspect", str(pets)]) == 0
    shown = capsys.readouterr().out
    assert "in different classes" in shown
    assert main(["inspect", str(pets), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["test"]["cat"] == 8
    assert [problem["kind"] for problem in document["problems"]][-1] == "conflict"


def test_that_a_class_of_one_picture_can_be_left_out_with_one_click(pets, drain):
    (pets / "train" / "bird").mkdir()
    scene(7).save(pets / "train" / "bird" / "only.png")
    opened = drain(open_dataset(str(pets)))[1]
    (remedy,) = kinds(drain(inspect(opened))[1])["few"].remedies
    assert remedy.title == "Leave out “bird”"
    write_corrections(str(pets), Corrections().with_step(remedy.title, remedy.corrections))
    without = drain(open_dataset(str(pets)))[1]
    assert without.class_names == ("cat", "dog")
    for split in ("train", "test"):
        classes = [id.split("/")[1] for id in without.splits[split].ids]
        assert [without.class_names[label] for label in without.splits[split].targets] == classes
    assert any("No class any more: “bird”" in note for note in without.notes)
