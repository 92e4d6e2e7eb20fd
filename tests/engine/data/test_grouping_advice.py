import numpy as np
import pytest
from PIL import Image

from stl_tl_gui.engine.data import open_dataset
from stl_tl_gui.engine.data.grouping_advice import advise
from stl_tl_gui.engine.data.splits import USUAL_SPLITTING, Splitting


def advice_for(names: list[str], classes=("benign", "tumor")):
    ids = [f"{name}/{each}" for name in classes for each in names]
    return advise(ids, np.repeat(np.arange(len(classes)), len(names)), depth=1)


@pytest.mark.parametrize(
    ("pattern", "button"),
    [
        ("patient{group:02}_{n}.png", "Keep patients together"),
        ("TCGA-A1-{group:04}-01Z_{n}.png", "Keep patients together"),
        ("HE_slide-{group}_x{n}_y7.png", "Keep slides together"),
        ("B{group:03}_x{n}_y{n}.png", "Keep slides together"),
        ("scene{group}/{n}.png", "Keep subfolders together"),
        ("IMG_202601{group:02}_12000{n}.jpg", "Keep bursts together"),
        ("stack{group}.tif#{n}", "Keep files together"),
    ],
)
def test_that_names_of_patients_slides_and_bursts_are_recognized(pattern, button):
    found = advice_for([pattern.format(group=group, n=n) for group in range(8) for n in range(1, 5)])
    assert found is not None
    assert found.button == button
    assert "results look better than they are" in found.sentence


@pytest.mark.parametrize(
    "names",
    [
        [f"{n}.jpg" for n in range(30)],
        [f"IMG_{n:04}.jpg" for n in range(30)],
        [f"cat.{n}.jpg" for n in range(30)],
        [f"{n * 7919}_{n * 104729:x}.jpg" for n in range(30)],
        ["patient1_a.png", "patient1_b.png", "patient2_a.png", "patient2_b.png"],
    ],
)
def test_that_plain_names_and_too_few_groups_bring_no_advice(names):
    assert advice_for(names) is None


def test_that_advice_taken_keeps_patients_on_one_side_and_is_gone(tmp_path, drain):
    for name, color in (("benign", "red"), ("tumor", "blue")):
        (tmp_path / "slides" / name).mkdir(parents=True)
        for patient in range(6):
            for n in range(4):
                Image.new("RGB", (40, 40), color).save(tmp_path / "slides" / name / f"patient{patient}_{n}.png")
    data = drain(open_dataset(str(tmp_path / "slides")))[1]
    assert data.drawn == ("val", "test")
    assert "6 patients, such as “patient0” with 8 pictures" in data.advice.sentence
    assert any("--group-by name --group-pattern" in remark for remark in data.remarks())
    grouped = Splitting(USUAL_SPLITTING.val_fraction, USUAL_SPLITTING.test_fraction, **data.advice.settings)
    kept = drain(open_dataset(str(tmp_path / "slides"), grouped))[1]
    assert kept.advice is None
    patients = [{id.split("/")[1].split("_")[0] for id in images.ids} for images in kept.splits.values()]
    assert sum(map(len, patients)) == 6
