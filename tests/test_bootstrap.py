"""What `packaging/bootstrap.py`, where newcomers and CI start, installs, when, and what it says if it cannot."""

import ast
import io
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from pretended_machine import SCRIPT, Machine, load

PARTS = [SCRIPT.with_name(f"{name}.py") for name in ("bootstrap", "environment", "pip_words", "torch_build")]
MISSING_EGL = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays and packages of Linux")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "packaging").mkdir()
    pins = "# torch==1\ntorch==2.13.0\ntorchvision==0.28.0\nnumpy==2\n"
    (tmp_path / "packaging" / "constraints.txt").write_text(pins)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(SCRIPT.parent)
    return tmp_path


@pytest.fixture
def script(checkout):
    return load(checkout)


@pytest.fixture
def machine(script, monkeypatch):
    script.environment.VENV.mkdir()
    return Machine(script, monkeypatch)


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_that_an_old_python_can_read_the_script(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7))
    annotations = [node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg | ast.AnnAssign)]
    annotations += [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert not [ast.unparse(a) for a in annotations if isinstance(a, ast.Subscript | ast.BinOp)], "would be evaluated"


def test_that_an_old_python_is_told_which_one_is_needed(machine, monkeypatch, capsys):
    monkeypatch.setattr(machine.bootstrap, "sys", SimpleNamespace(version_info=(3, 8, 10), version="3.8.10 (default)"))
    assert machine.call("run") == 1
    said = capsys.readouterr().out
    assert "3.11" in said
    assert "3.8.10" in said
    assert not machine.pip


def test_that_a_second_run_installs_nothing_and_says_nothing(machine, capsys):
    machine.call("install")
    assert [arguments[0] for arguments in machine.pip] == ["-e"]
    capsys.readouterr()
    assert machine.call("install") == 0
    assert not machine.pip
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["pyproject.toml", "packaging/constraints.txt"])
def test_that_changed_requirements_are_installed(machine, checkout, name):
    machine.call("install")
    with (checkout / name).open("a") as file:
        file.write("# changed\n")
    machine.call("install")
    assert machine.pip


def test_that_tests_bring_their_tools_which_then_stay(machine, checkout):
    machine.call("run")
    machine.call("test")
    assert machine.pip == [("-e", f"{checkout}[test]")]
    machine.call("run")
    assert not machine.pip
    machine.call("test")
    assert not machine.pip


def test_that_an_interrupted_installation_is_done_again(machine, checkout, monkeypatch, capsys):
    machine.call("install")
    (checkout / "pyproject.toml").write_text("[project] # changed\n")

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(machine.script, "pip_install", interrupted)
        assert machine.call("install") == 130
    assert "Stopped" in capsys.readouterr().out
    (checkout / "pyproject.toml").write_text("[project]\n")
    machine.call("install")
    assert machine.pip


def test_that_a_broken_environment_is_made_anew(machine, checkout):
    machine.call("install")
    (checkout / ".venv" / "leftover").touch()
    machine.sound = False
    assert machine.call("install") == 0
    assert machine.pip
    assert not (checkout / ".venv" / "leftover").exists()


def test_that_an_environment_copied_from_another_folder_is_made_anew(machine, checkout):
    machine.call("install")
    stamp = checkout / ".venv" / "bootstrap.json"
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "place": "/elsewhere/.venv"}))
    (checkout / ".venv" / "leftover").touch()
    machine.call("install")
    assert machine.pip
    assert not (checkout / ".venv" / "leftover").exists()


@linux
def test_that_only_torch_and_torchvision_come_from_pytorchs_index(machine, checkout):
    machine.call("install", "--torch", "cpu")
    torch, rest = machine.pip
    assert torch[:3] == ("--no-deps", "--index-url", "https://download.pytorch.org/whl/cpu")
    assert torch[3:] == ("torch==2.13.0+cpu", "torchvision==0.28.0+cpu")
    assert rest == ("-e", str(checkout))


@linux
def test_that_a_torch_build_stays_until_another_is_asked_for(machine):
    machine.call("install", "--torch", "cpu")
    machine.call("install")
    assert not machine.pip
    machine.call("test")
    assert "torch==2.13.0+cpu" in machine.pip[0]
    machine.call("test", "--torch=cuda")
    assert any(wanted.startswith("torch==2.13.0+cu1") for wanted in machine.pip[0])


@linux
def test_that_without_a_display_a_first_run_happens_in_the_terminal(machine, capsys):
    assert machine.call("run", "--seed", "3") == 0
    (train, _), (evaluate, _) = machine.started
    folder = train[train.index("--run") + 1]
    assert train[:3] == ["train", "--data", "sample"]
    assert train[-4:-2] == ["--seed", "3"]
    assert evaluate == ["evaluate", folder]
    said = capsys.readouterr().out
    assert said.count("There is no display here") == 1
    assert folder in said
    assert machine.tried_qt() == 0


@linux
def test_that_a_failed_first_run_ends_with_its_exit_code(machine, capsys):
    machine.exit_codes["train"] = 3
    assert machine.call("run") == 3
    assert len(machine.started) == 1
    assert "Done" not in capsys.readouterr().out


@linux
def test_that_a_display_that_does_not_answer_counts_as_none(machine, monkeypatch, capsys):
    monkeypatch.setenv("DISPLAY", ":77")
    x11 = MagicMock()
    x11.XOpenDisplay.return_value = None
    monkeypatch.setattr(machine.script.ctypes, "CDLL", lambda name: x11)
    assert machine.call("run") == 0
    assert "The display :77 does not answer" in capsys.readouterr().out
    assert machine.started[0][0][0] == "train"


@linux
def test_that_the_window_opens_on_a_display_with_the_given_arguments(machine, monkeypatch):
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert machine.call("run", "--style", "fusion") == 0
    assert machine.started == [(["--style", "fusion"], {})]


def test_that_run_passes_a_command_on_to_the_command_line(machine):
    machine.exit_codes["runs"] = 2
    assert machine.call("run", "runs", "--json", "-h") == 2
    assert machine.started == [(["runs", "--json", "-h"], {})]


def test_that_tests_run_offscreen_with_the_given_arguments_and_exit_code(machine):
    machine.exit_codes["-n2"] = 5
    assert machine.call("test", "-k", "runs", "-x", "tests/engine") == 5
    ((arguments, environment),) = machine.started
    assert arguments[-4:] == ["-k", "runs", "-x", "tests/engine"]  # last, so that they take back what was said before
    assert environment == {"QT_QPA_PLATFORM": "offscreen"}


def test_that_check_shows_every_tool_even_if_the_first_fails(machine):
    machine.exit_codes["check"] = 1
    assert machine.call("check") == 1
    assert len(machine.started) == 3


@linux
def test_that_qt_is_tried_once_and_again_when_a_display_appears(machine, monkeypatch):
    machine.call("test")
    assert machine.tried_qt() == 1
    machine.call("test")
    assert machine.tried_qt() == 0
    monkeypatch.setenv("DISPLAY", ":0")
    machine.lacks()
    machine.call("run")
    assert machine.tried_qt() == 1
    assert machine.listened[-1][-1] == "xcb"
    machine.call("run")
    assert machine.tried_qt() == 0


@linux
@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("apt-get", "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1"),
        ("dnf", "sudo dnf install -y libglvnd-egl"),
        ("pacman", "sudo pacman -S --needed libglvnd"),
    ],
)
def test_that_a_missing_library_is_answered_with_the_exact_command(machine, capsys, tool, command):
    machine.has(tool)
    machine.lacks("libEGL.so.1")
    machine.probes = [(1, MISSING_EGL)]
    assert machine.call("test") == 1
    said = capsys.readouterr().err
    assert said.splitlines()[-1].strip() == command
    assert "libEGL.so.1" in said
    assert not machine.started


@linux
def test_that_root_on_debian_gets_the_missing_libraries_installed(machine, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    machine.has("apt-get", root=True)
    machine.lacks("libxcb-cursor.so.0", "libEGL.so.1")
    machine.probes = [(1, MISSING_EGL), (0, "")]
    assert machine.call("run") == 0
    update, install = (command for command in machine.listened if "apt-get" in command)
    assert update[-1] == "update"
    assert install[-2:] == ["libegl1", "libxcb-cursor0"]
    assert machine.started == [([], {})]


@linux
def test_that_a_python_without_ensurepip_is_answered_with_its_package(machine, monkeypatch, capsys):
    machine.sound = False
    machine.has("apt-get")
    monkeypatch.setattr(machine.script.importlib.util, "find_spec", lambda name: None)
    assert machine.call("run") == 1
    said = capsys.readouterr().err
    assert said.rstrip().endswith("python{}.{}-venv".format(*sys.version_info[:2]))
    assert not machine.pip


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        (
            "WARNING: Retrying (Retry(total=4))\nERROR: No matching distribution found",
            "check the network",
        ),
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for torch==2.13.0", "Python 3.11 to 3.14"),
        ("ERROR: something new", "see its message above"),
    ],
)
def test_that_a_failing_pip_ends_in_advice_and_exit_code_1(script, monkeypatch, capsys, output, advice):
    monkeypatch.setattr(script.environment, "venv_is_sound", lambda stamp: True)
    monkeypatch.setattr(script.environment, "listen", lambda command: (0, ""))
    pip = MagicMock(stdout=io.StringIO(output), returncode=1)
    monkeypatch.setattr(script.environment.subprocess, "Popen", lambda *_, **__: MagicMock(__enter__=lambda _: pip))
    assert script.main(["install"]) == 1
    out, err = capsys.readouterr()
    assert output.splitlines()[-1] in out
    assert advice in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "  Downloading numpy-2.4.6-cp311-cp311-linux.whl (16.9 MB)",
            "downloading numpy 2.4.6 (16.9 MB)",
        ),
        ("Downloading https://x/torch-2.13.0%2Bcpu-cp311-linux.whl (190 MB)", "downloading torch 2.13.0+cpu (190 MB)"),
        ("Downloading rich-15.0.0-py3-none-any.whl (243 kB)", ""),
        ("Installing collected packages: mpmath, sympy", "unpacking 2 packages"),
        ("Requirement already satisfied: numpy", ""),
    ],
)
def test_that_only_what_takes_time_is_shown_of_pips_output(script, line, shown):
    assert script.environment.pip_progress(line) == shown


def test_that_a_real_checkout_is_installed_once(checkout):
    """With real Python, venv and pip, but no network: the project builds itself and needs nothing."""
    (checkout / "packaging" / "constraints.txt").write_text("")
    for path in PARTS:
        (checkout / "packaging" / path.name).write_bytes(path.read_bytes())
    (checkout / "pyproject.toml").write_text('[build-system]\nrequires=[]\nbuild-backend="build"\nbackend-path=["."]\n')
    (checkout / "build.py").write_text(
        "import pathlib, zipfile\n"
        "def build_editable(folder, *_):\n"
        "    with zipfile.ZipFile(pathlib.Path(folder) / 'tiny-1-py3-none-any.whl', 'w') as wheel:\n"
        "        wheel.writestr('stl_tl_gui/__main__.py', 'import sys; print(sys.argv[1:]); sys.exit(7)')\n"
        "        wheel.writestr('tiny-1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n')\n"
        "        wheel.writestr('tiny-1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n')\n"
        "        wheel.writestr('tiny-1.dist-info/RECORD', '')\n"
        "    return 'tiny-1-py3-none-any.whl'\n"
    )
    command = [sys.executable, "packaging/bootstrap.py", "run", "runs", "--json"]
    environment = {**os.environ, "PIP_NO_INDEX": "1"}
    first = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    second = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    assert re.sub("because .*", "because ...", first.stdout).splitlines() == [
        "Installing into .venv (first run only, takes a few minutes) ...",
        "PyTorch: pip's choice, because ...",
        "  unpacking 1 packages",
        "['runs', '--json']",
    ]
    assert second.stdout.splitlines() == ["['runs', '--json']"]
    assert (first.returncode, second.returncode) == (7, 7)


def test_that_the_camera_is_installed_when_asked_for_and_stays(machine):
    machine.call("install", "--extra", "camera")
    assert machine.pip[-1][-1].endswith("[camera]")
    machine.call("test")
    assert machine.pip[-1][-1].endswith("[camera,test]")


@linux
def test_that_the_default_build_stays_like_a_chosen_one(machine, monkeypatch, capsys):
    monkeypatch.setattr(machine.script.torch_build, "default", lambda settings: ("cpu", "PyTorch: for the CPU."))
    machine.sound = False
    machine.call("install")
    assert [arguments[0] for arguments in machine.pip] == ["--no-deps", "-e"]
    assert capsys.readouterr().out.count("PyTorch: for the CPU.") == 1
    machine.call("test")
    assert "torch==2.13.0+cpu" in machine.pip[0]
    assert "PyTorch" not in capsys.readouterr().out
    machine.call("test", "--torch", "cuda")
    assert "torch==2.13.0+cu130" in machine.pip[0]


@linux
def test_that_a_torch_that_is_there_is_never_replaced_unasked(machine, monkeypatch):
    monkeypatch.setattr(machine.script.torch_build, "default", lambda settings: pytest.fail("asked"))
    machine.call("install")  # into an environment that somebody else filled
    machine.call("test")
    assert [arguments[0] for arguments in machine.pip] == ["-e"]


@linux
def test_that_pips_choice_is_taken_where_the_default_build_cannot_be_had(machine, checkout, monkeypatch, capsys):
    def install(*arguments):
        machine.pip.append(arguments)
        if "--index-url" in arguments:
            raise machine.script.Problem("no such build")

    monkeypatch.setattr(machine.script.torch_build, "default", lambda settings: ("cpu", "PyTorch: for the CPU."))
    monkeypatch.setattr(machine.script, "pip_install", install)
    machine.sound = False
    assert machine.call("install") == 0
    assert machine.pip[-1] == ("-e", str(checkout))
    assert "pip's choice" in capsys.readouterr().out
    assert json.loads((checkout / ".venv" / "bootstrap.json").read_text())["torch"] == ""
