#!/usr/bin/env python3
"""How fast a large folder becomes data: 20,000 JPEGs in 200 class folders are opened and inspected, and cancelled.

`.venv/bin/python tests/benchmarks/import_folders.py` draws the pictures, each different, into a temporary folder, then
prints pictures per second and peak memory of opening them (every file is decoded once), of opening them again, and of
the data card; and how long after a Cancel the work was over, at eight moments of each. The targets are half a second
for each Cancel. Every measurement is a process of its own, with empty caches unless it says otherwise.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from stl_tl_gui.engine.data import open_dataset  # noqa: E402
from stl_tl_gui.engine.data.inspection import inspect  # noqa: E402
from stl_tl_gui.engine.errors import Cancelled  # noqa: E402
from stl_tl_gui.engine.machine.memory import peak_memory  # noqa: E402

MOMENTS = 8
"""Cancels of each kind of work, spread evenly over the time that it takes."""


def main() -> None:
    options = _options()
    if options.measure:
        print(json.dumps(_measure(options.measure, options.folder, options.cancel_after)))
        return
    with tempfile.TemporaryDirectory(prefix="import folders ") as place:
        pictures = _draw(Path(place) / "pictures", options.folders, options.per_folder, options.side)
        n = options.folders * options.per_folder
        print(f"{n:,} JPEGs of {options.side} x {options.side} pixels in {options.folders} folders\n")
        print(f"{'work':<22}{'seconds':>9}{'pictures/s':>12}{'peak MB':>9}{'slowest Cancel, s':>19}")
        for title, work, warm in (("open", "open", False), ("open again", "open", True), ("data card", "card", True)):
            homes = (Path(place) / (f"{title} {number}" if not warm else "warm") for number in range(MOMENTS + 1))
            if warm:
                _in_a_process("open", pictures, Path(place) / "warm")
            whole = _in_a_process(work, pictures, next(homes))
            moments = [whole["seconds"] * (moment + 0.5) / MOMENTS for moment in range(MOMENTS)]
            late = [_in_a_process(work, pictures, home, at)["late"] for home, at in zip(homes, moments, strict=True)]
            print(_line(title, n, whole, [each for each in late if each is not None]), flush=True)


def _line(title: str, n: int, whole: dict[str, Any], late: list[float]) -> str:
    seconds, peak = whole["seconds"], "?" if whole["peak"] is None else f"{whole['peak'] / 1e6:.0f}"
    slowest = f"{max(late):.3f} of {len(late)}" if late else "over before"
    return f"{title:<22}{seconds:>9.2f}{n / seconds:>12,.0f}{peak:>9}{slowest:>19}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast a large folder becomes data.")
    parser.add_argument("--folders", type=int, default=200)
    parser.add_argument("--per-folder", type=int, default=100)
    parser.add_argument("--side", type=int, default=256, help="pixels")
    parser.add_argument("--measure", choices=("open", "card"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cancel-after", type=float, help=argparse.SUPPRESS)
    return parser.parse_args()


def _draw(folder: Path, folders: int, per_folder: int, side: int) -> Path:
    """Class folders of pictures that are all different, each with as much detail as a photo of its size."""
    rng = np.random.default_rng(0)
    for number in range(folders):
        place = folder / f"class {number:03}"
        place.mkdir(parents=True)
        for picture in range(per_folder):
            coarse = Image.fromarray(rng.integers(0, 256, (side // 8, side // 8, 3), np.uint8))
            coarse.resize((side, side), Image.Resampling.BICUBIC).save(place / f"{picture:03}.jpg", quality=85)
    return folder


def _in_a_process(work: str, folder: Path, home: Path, cancel_after: float | None = None) -> dict[str, Any]:
    line = [sys.executable, __file__, "--measure", work, "--folder", str(folder)]
    line += [] if cancel_after is None else ["--cancel-after", str(cancel_after)]
    environment = {**os.environ, "STL_TL_GUI_HOME": str(home)}
    done = subprocess.run(line, capture_output=True, text=True, check=True, env=environment)
    return dict(json.loads(done.stdout))


def _measure(work: str, folder: Path, cancel_after: float | None) -> dict[str, Any]:
    """Seconds and peak bytes of the work; of a cancelled one how many seconds after the Cancel it was over."""
    if work == "card":
        dataset = _drain(open_dataset(str(folder)))
    began = time.perf_counter()

    def should_stop() -> bool:
        return cancel_after is not None and time.perf_counter() - began >= cancel_after

    late = None
    try:
        _drain(inspect(dataset, should_stop) if work == "card" else open_dataset(str(folder), should_stop=should_stop))
    except Cancelled:
        late = time.perf_counter() - began - (cancel_after or 0.0)
    return {"seconds": time.perf_counter() - began, "late": late, "peak": peak_memory()}


def _drain(work: Generator[Any, None, Any]) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


if __name__ == "__main__":
    main()
