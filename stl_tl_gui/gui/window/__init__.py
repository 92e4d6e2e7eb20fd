"""The window around the pages: navigation, menus, drops, the one training, and closing."""
