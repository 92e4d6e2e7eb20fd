"""What several pages use: thumbnails, bars, dialogs, icons, theme, drop target."""
