"""Half precision learns the same whether a depthwise convolution is PyTorch's own or the app's."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from stl_tl_gui.engine.arithmetic import Arithmetic, for_inference, for_training
from stl_tl_gui.engine.arithmetic.depthwise import DepthwiseConv2d
from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.settings.backbones import BACKBONES

CPU = torch.device("cpu")
BFLOAT16 = Arithmetic("bfloat16", channels_last=True)


def learn(
    convolution: nn.Module, images: torch.Tensor, towards: torch.Tensor | None, way: Arithmetic
) -> tuple[torch.Tensor, ...]:
    """Output, and gradients of the pictures and of all parameters."""
    images = images.clone().requires_grad_()
    with way.autocast(CPU):
        output = convolution(way.lay_out(images))
        loss = (output.float() * (towards if towards is not None else torch.ones(()))).sum()
    loss.backward()
    gradients = [p.grad for p in convolution.parameters() if p.grad is not None]
    assert images.grad is not None
    return output.detach().float(), images.grad, *gradients


sides = st.integers(1, 7)
pairs = st.tuples(sides, sides)


@settings(max_examples=150, deadline=None)
@given(
    kernel=pairs,
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    larger=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    bias=st.booleans(),
    channels_last=st.booleans(),
)
def test_that_a_depthwise_convolution_learns_the_same_by_the_faster_way(
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    larger: tuple[int, int],
    bias: bool,
    channels_last: bool,
) -> None:
    torch.manual_seed(0)
    way = Arithmetic("bfloat16", channels_last)
    plain = nn.Conv2d(4, 4, kernel, stride, padding, groups=4, bias=bias)
    ours = DepthwiseConv2d(copy.deepcopy(plain))
    images = torch.randn(3, 4, kernel[0] + larger[0], kernel[1] + larger[1]).bfloat16().float()
    towards = torch.randn_like(plain(images)).bfloat16().float()
    found, expected = learn(ours, images, towards, way), learn(plain, images, towards, Arithmetic())
    assert len(found) == len(expected) == 3 + bias
    for mine, theirs in zip(found, expected, strict=True):
        assert mine.shape == theirs.shape
        assert (mine - theirs).norm() <= 0.02 * theirs.norm() + 1e-3


@pytest.mark.parametrize("name", BACKBONES)
def test_that_every_backbone_has_the_same_gradients_by_the_faster_ways(name: str) -> None:
    torch.manual_seed(0)
    plain = build_model(name, 5, input_size=64).eval()  # what dropout leaves out would differ
    ours = for_training(copy.deepcopy(plain), CPU, BFLOAT16)
    assert list(ours.state_dict()) == list(plain.state_dict())
    images = torch.randn(4, 3, 64, 64)
    exact = learn(plain, images, None, Arithmetic())
    rounded = learn(copy.deepcopy(plain), images, None, BFLOAT16)
    found = learn(ours, images, None, BFLOAT16)
    assert len(found) == len(exact)
    for mine, theirs, reference in zip(found, rounded, exact, strict=True):
        usual = (theirs - reference).norm()
        assert (mine - reference).norm() <= 2 * usual + 0.02 * reference.norm() + 1e-6


def test_that_float32_and_what_is_fast_anyway_is_left_as_it_was() -> None:
    model = build_model("mobilenet_v2", 5, input_size=64)
    types = [type(module) for module in model.modules()]
    assert [type(module) for module in for_training(model, CPU, Arithmetic()).modules()] == types
    replaced = [
        module for module in for_training(model, CPU, BFLOAT16).modules() if isinstance(module, DepthwiseConv2d)
    ]
    assert [module.stride for module in replaced] == [(2, 2)] * 4
    assert for_training(model, CPU, BFLOAT16) is model
    resnet = build_model("resnet18", 5, input_size=64)
    assert not any(isinstance(module, DepthwiseConv2d) for module in for_training(resnet, CPU, BFLOAT16).modules())


@pytest.mark.parametrize("name", ["efficientnet_pytorch_b0", "mobilenet_v3_small", "convnext_tiny"])
def test_that_a_model_made_ready_to_learn_predicts_as_before(name: str) -> None:
    torch.manual_seed(0)
    plain = build_model(name, 5, input_size=64)
    images = torch.randn(3, 3, 64, 64)
    expected = for_inference(plain, CPU, Arithmetic())(images)
    found = for_inference(for_training(copy.deepcopy(plain), CPU, BFLOAT16), CPU, Arithmetic())(images)
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-5)
