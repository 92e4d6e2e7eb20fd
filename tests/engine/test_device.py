import pytest
import torch

from stl_tl_gui.engine.device import DeviceUnusable, choose_device, choose_precision


def test_that_automatic_finds_a_device_that_computes() -> None:
    device = choose_device("auto")
    assert torch.ones(2, device=device).sum().item() == 2


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a computer without CUDA")
def test_that_a_missing_graphics_card_is_said_in_words() -> None:
    with pytest.raises(DeviceUnusable, match="CUDA"):
        choose_device("cuda")


def test_that_a_cpu_computes_in_float32_unless_asked() -> None:
    assert choose_precision("auto", torch.device("cpu")) == "float32"
    assert choose_precision("bfloat16", torch.device("cpu")) == "bfloat16"
