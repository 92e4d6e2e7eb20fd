import pytest
import torch

from stl_tl_gui.engine.device import DeviceUnusable, allow_tensorfloat, choose_device, half_precisions, machine_name


def test_that_automatic_finds_a_device_that_computes() -> None:
    device = choose_device("auto")
    assert torch.ones(2, device=device).sum().item() == 2


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a computer without CUDA")
def test_that_a_missing_graphics_card_is_said_in_words() -> None:
    with pytest.raises(DeviceUnusable, match="CUDA"):
        choose_device("cuda")


def test_that_half_precision_is_offered_only_where_the_processor_has_it() -> None:
    assert half_precisions(torch.device("cpu")) in ([], ["bfloat16"])
    assert half_precisions(torch.device("mps")) == []


def test_that_the_machine_has_a_name() -> None:
    assert machine_name(torch.device("cpu"))


def test_that_tensorfloat_is_for_those_who_did_not_ask_for_float32() -> None:
    allow_tensorfloat(True)
    assert torch.get_float32_matmul_precision() == "high"
    allow_tensorfloat(False)
    assert torch.get_float32_matmul_precision() == "highest"
    assert not torch.backends.cudnn.allow_tf32
