"""Everything the app can do, without Qt: data, backbones, training, evaluation, prediction and run folders."""

import os

# PyTorch's threads wait for each other by spinning: a step of 60 ms took ten to thirty times as long with another
# training at work, with fewer spins three times. Read when libgomp, its thread library on Linux, is loaded.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
