#!/usr/bin/env python3
"""From a fresh checkout to the open window, or to the passed tests, with nothing but Python 3.11 or newer.

It must parse on older Pythons to tell them so: quoted annotations, no match, no walrus.
"""

import argparse
import importlib.util
import os
import shlex
import sys
import time
from pathlib import Path

import environment
from environment import Problem, say
from torch_build import TORCH_TAGS

MINIMUM = (3, 11)

FIRST_RUN = ["train", "--data", "sample", "--budget", "60"]


def run(arguments: "list[str]") -> int:
    """The window; without a display, a first training in the terminal. `run train ...` is the command line itself."""
    app = [environment.venv_python(), "-m", "stl_tl_gui"]
    if arguments and not arguments[0].startswith("-"):
        return environment.child([*app, *arguments])
    plugins = environment.display_plugins()
    obstacle = environment.display_obstacle(plugins)
    if obstacle:
        say(obstacle + ", so this terminal is used instead of the window.")
        return first_run(app, arguments)
    environment.check_qt(plugins)
    return environment.child([*app, *arguments])


def first_run(app: "list[str]", arguments: "list[str]") -> int:
    """Train on the built-in pictures, evaluate, and say where everything is."""
    code, runs = environment.listen(
        [app[0], "-c", "from stl_tl_gui.engine.storage.places import runs_folder; print(runs_folder())"]
    )
    if code:
        raise Problem(f"{runs}\nThe installed project does not start: see the message above.")
    folder = str(Path(runs.splitlines()[-1]) / time.strftime("first-run-%Y%m%d-%H%M%S"))
    steps = (
        (
            "Training the included model on the built-in pictures, at most a minute",
            [*FIRST_RUN, *arguments, "--run", folder],
        ),
        ("Evaluating it on pictures it has not seen", ["evaluate", folder]),
    )
    for number, (title, step) in enumerate(steps, 1):
        say(f"\n{number}/2 {title}")
        code = environment.child([*app, *step])
        if code:
            return code
    command = f"python3 {shlex.quote(sys.argv[0])} run"
    say(f"\nDone. Settings, curves, checkpoints, and predictions are in {folder}")
    say("With a display, the same command opens the window. In the terminal, continue with:")
    say(f"  {command} predict {shlex.quote(folder)} PICTURE ...")
    say(f"  {command} train --data FOLDER_WITH_ONE_SUBFOLDER_PER_CLASS")
    say(f"  {command} train --help")
    return 0


def test(arguments: "list[str]") -> int:
    """All tests, or those in the files and folders that are named."""
    environment.check_qt([])
    os.chdir(str(environment.ROOT))
    command = [environment.venv_python(), "-m", "pytest", "-n2", "--dist=worksteal", *arguments]
    return environment.child(command, QT_QPA_PLATFORM="offscreen")


def check(arguments: "list[str]") -> int:
    """Lint, format, types: a line for each thing that is wrong. All of them, so that one round shows everything."""
    os.chdir(str(environment.ROOT))
    lint = ["ruff", "check", "--quiet", "--output-format=concise"]
    tools = (lint, ["ruff", "format", "--quiet", "--check", "--output-format=concise"], ["mypy", "--no-error-summary"])
    wrong = [environment.child([environment.venv_python(), "-m", *tool, *arguments]) for tool in tools]
    if not any(wrong):
        say("Lint, format, and types are right.")
    return int(any(wrong))


# command -> what it does after the installation, and which extra that needs
COMMANDS = {"run": (run, ""), "test": (test, "test"), "check": (check, "test"), "install": (lambda _: 0, "")}


def main(arguments: "list[str]") -> int:
    if sys.version_info < MINIMUM:
        say(f"STL Transfer Lab needs Python 3.11 or newer; this is {sys.version.split()[0]}. See python.org.")
        return 1
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, epilog="Other arguments are passed on.")
    parser.description = "Installs into .venv, then: run (the window), test, check, or install only. bundle: archives."
    parser.add_argument("command", choices=[*COMMANDS, "bundle"])
    parser.add_argument("--torch", choices=TORCH_TAGS, default="", help="the PyTorch build")
    parser.add_argument("--extra", choices=["camera"], default="", help="camera: take pictures and classify live")
    if not arguments or arguments[0] in ("-h", "--help"):
        parser.print_help()
        return 0 if arguments else 2
    asked, rest = parser.parse_known_args(arguments)
    if asked.command == "bundle":
        return importlib.import_module("bundle").main([*(["--torch", asked.torch] if asked.torch else []), *rest])
    act, extra = COMMANDS[asked.command]

    def installed() -> int:
        environment.install({extra, asked.extra}, asked.torch)
        return act(rest)

    return environment.exit_code(installed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
