import re

import pytest
import torch

from stl_tl_gui.engine.machine import device as device_room
from stl_tl_gui.engine.machine.device import (
    DeviceUnusable,
    allow_tensorfloat,
    choose_device,
    device_line,
    devices_here,
    free_on,
    half_precisions,
    is_out_of_memory,
    machine_name,
    why_unusable,
)

CUDA = torch.device("cuda")


class FakeCuda:
    """A PyTorch with CUDA that sees one card, of which a computation ends as is said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, available: bool = True) -> None:
        self.patch = monkeypatch
        monkeypatch.setattr(torch.version, "cuda", "13.0")
        monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: "NVIDIA GeForce 940M")
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: (5, 0))

    def computes(self, error: Exception | None) -> None:
        real = torch.ones

        def ones(*size: int, device: torch.device | str = "cpu") -> torch.Tensor:
            if torch.device(device).type == "cuda" and error is not None:
                raise error
            return real(*size)

        self.patch.setattr(torch, "ones", ones)

    def starts(self, error: Exception) -> None:
        def init() -> None:
            raise error

        self.patch.setattr(torch.cuda, "init", init)


def test_that_automatic_finds_a_device_that_computes() -> None:
    device = choose_device("auto")
    assert torch.ones(2, device=device).sum().item() == 2


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a computer without CUDA")
def test_that_a_missing_graphics_card_is_said_in_words() -> None:
    reason = why_unusable(CUDA)  # what it is depends on PyTorch's build and on the driver: each has a test below
    assert reason
    with pytest.raises(DeviceUnusable, match=rf"“cuda” cannot be used: {re.escape(reason)}\. Choose “auto”"):
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


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("CUDA error: no kernel image is available for execution on the device\nmore"), "capability 5.0"),
        (torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"), "taken by other programs"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED\nmore"), "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"),
    ],
)
def test_that_a_card_that_does_not_compute_is_not_used_and_the_reason_said(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeCuda(monkeypatch).computes(error)
    assert choose_device("auto").type == "cpu"
    line = device_line()
    assert line.startswith("CPU, because the graphics card cannot be used (NVIDIA GeForce 940M: ")
    assert reason in line
    assert "more" not in line
    with pytest.raises(DeviceUnusable, match=reason):
        choose_device("cuda")


def test_that_a_card_that_computes_is_used_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeCuda(monkeypatch).computes(None)
    assert choose_device("auto").type == "cuda"
    assert device_line() == "NVIDIA GeForce 940M"


def test_that_an_old_driver_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeCuda(monkeypatch, available=False).starts(
        RuntimeError("The NVIDIA driver on your system is too old (found version 11040). Please update your driver")
    )
    monkeypatch.setattr(device_room, "_nvidia_card", lambda: "NVIDIA A2")
    assert device_line() == (
        "CPU, because the graphics card cannot be used (NVIDIA A2: its driver is too old for this PyTorch, which was "
        "built for CUDA 13.0)"
    )
    FakeCuda(monkeypatch, available=False).starts(RuntimeError("Found no NVIDIA driver on your system."))
    assert why_unusable(CUDA) == "there is no NVIDIA driver"


def test_that_a_build_without_cuda_is_told_only_where_there_is_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert why_unusable(CUDA) == "this PyTorch was built without CUDA"
    monkeypatch.setattr(device_room, "_nvidia_card", lambda: "")
    assert device_line() == "CPU"
    monkeypatch.setattr(device_room, "_nvidia_card", lambda: "NVIDIA A2")
    assert device_line().endswith("(NVIDIA A2: this PyTorch was built without CUDA)")


def test_that_the_devices_offered_are_those_that_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert devices_here() == {"auto": "Automatic", "cpu": "CPU"}
    FakeCuda(monkeypatch)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: ("NVIDIA H200", "NVIDIA A2")[device])
    assert devices_here() == {
        "auto": "Automatic", "cpu": "CPU", "cuda:0": "GPU 0: NVIDIA H200", "cuda:1": "GPU 1: NVIDIA A2",
    }  # fmt: skip
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices_here() == {"auto": "Automatic", "cpu": "CPU", "mps": "GPU (Apple)"}


def test_that_what_pytorch_keeps_for_later_counts_as_free_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 9000))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 500)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 200)
    assert free_on(CUDA) == 1300


def test_that_a_lack_of_memory_is_known_by_all_its_names() -> None:
    for text in (
        "[enforce fail] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate",
        "[enforce fail] . DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes.",
        "MPS backend out of memory (MPS allocated: 8.00 GB)",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    ):
        assert is_out_of_memory(RuntimeError(text))
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError())
    assert not is_out_of_memory(RuntimeError("shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("out of memory"))
