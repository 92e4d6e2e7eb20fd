"""Where the app keeps its files, also for accounts that have no home."""

import tempfile
from pathlib import Path

import platformdirs
import pytest

from stl_tl_gui.engine.runs.run import RunFolderNotWritable, create_run
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage import places


def test_that_an_account_without_a_home_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> str:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("STL_TL_GUI_HOME")
    for name in ("user_data_dir", "user_cache_dir"):
        monkeypatch.setattr(platformdirs, name, nowhere)
    monkeypatch.setattr(Path, "home", classmethod(nowhere))
    for found in (places.runs_folder(), places.cache_folder(), places.torch_hub_folder(), places.window_file()):
        assert found.is_relative_to(tempfile.gettempdir())


def test_that_a_tilde_is_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("STL_TL_GUI_HOME", "~/lab")
    assert places.runs_folder() == tmp_path / "lab" / "runs"


def test_that_the_sentence_names_the_folder_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STL_TL_GUI_HOME", str(tmp_path / "file"))
    with pytest.raises(RunFolderNotWritable, match=r"The run folder “.*file.runs” cannot be written"):
        create_run(make_settings({}))
