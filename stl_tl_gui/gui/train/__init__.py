"""The train page: settings and live curves."""
