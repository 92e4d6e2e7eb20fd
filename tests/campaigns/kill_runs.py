#!/usr/bin/env python3
"""Kill trainings at random moments, resume them, and compare them with trainings that were left alone.

`.venv/bin/python tests/campaigns/kill_runs.py [--kills 200]` draws a small data set, trains once per recipe without
disturbance, then starts the same training again and again, kills the process (SIGKILL: nothing is cleaned up), resumes,
and prints a table. Every run has to open, to go on where there is a checkpoint, and to end with the same weights, bit
by bit. On Windows the process is terminated, which cleans up as little.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

USUAL = ["--backbone", "squeezenet1_1", "--input-size", "32", "--batch-size", "8", "--device", "cpu"]
RECIPES = {
    "all layers, from scratch": [*USUAL, "--weights", "none", "--epochs", "4"],
    "the same, fastest arithmetic": [*USUAL, "--weights", "none", "--epochs", "4", "--precision", "auto"],
    "head on cached features": ["--epochs", "12", "--freeze", "head", "--views", "2", "--input-size", "32"],
    "head first, then all, averaged": ["--epochs", "4", "--blend", "0.5", "--input-size", "32", "--batch-size", "8"],
}
"""Flags of `train`. The last two start from the included weights."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="in all, spread over the recipes")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    moment = random.Random(args.seed)
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        data = draw(Path(scratch) / "data")
        show(f"{'recipe':34} {'kills':>5} {'no run yet':>10} {'opened':>7} {'resumed':>8} {'same':>5} {'ended':>6}")
        for number, (name, flags) in enumerate(RECIPES.items()):
            kills = args.kills // len(RECIPES) + (number < args.kills % len(RECIPES))
            found = kill_again_and_again(Path(scratch) / str(number), data, flags, kills, moment)
            show(f"{name:34} {kills:5} {found['none']:10} {found['opened']:7} {found['resumed']:8} {found['same']:5}"
                 f" {found['ended']:6}")  # fmt: skip
            failed += kills - found["none"] - found["ended"] - found["same"]
    show("Nothing was lost." if not failed else f"{failed} runs were not what they should have been.")
    return int(bool(failed))


def draw(folder: Path) -> Path:
    """Three colors to tell apart."""
    from builders import write_colours

    folder.mkdir()
    write_colours(folder)
    return folder


def kill_again_and_again(place: Path, data: Path, flags: list[str], kills: int, moment: random.Random) -> Counter[str]:
    """Kill so many runs of a recipe; returns how many were found in which state."""
    from stl_tl_gui.engine.runs.run import open_run

    began = time.monotonic()
    call("train", "--data", str(data), *flags, "--run", str(place / "whole"), home=place)
    lasts = time.monotonic() - began
    found: Counter[str] = Counter()
    for number in range(kills):
        folder = place / f"killed {number}"
        process = start("train", "--data", str(data), *flags, "--run", str(folder), home=place)
        time.sleep(moment.uniform(0.4, 0.95) * lasts)
        process.kill()
        process.wait()
        if not (folder / "settings.json").exists():
            found["none"] += 1
            continue
        run = open_run(folder)
        summary = run.summary()
        found["opened"] += 1
        if summary.state == "completed":
            found["ended"] += 1
        elif run.to_resume is not None and call("resume", str(folder), home=place) == 0:
            found["resumed"] += 1
            found["same"] += same_weights(folder / "best.pt", place / "whole" / "best.pt")
    return found


def same_weights(one: Path, other: Path) -> bool:
    import torch

    from stl_tl_gui.engine.models.checkpoints import load_checkpoint

    first, second = load_checkpoint(one).model_state_dict, load_checkpoint(other).model_state_dict
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def start(*words: str, home: Path) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "STL_TL_GUI_HOME": str(home / "home"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "stl_tl_gui", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def call(*words: str, home: Path) -> int:
    return start(*words, home=home).wait()


def show(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
