"""Everything the app can do, without Qt: data, backbones, training, evaluation, prediction and run folders."""
