"""What the user chooses: one model of settings, backbones, presets, variants and advice. No torch."""
