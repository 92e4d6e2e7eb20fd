"""Where things are kept on disk: the app's folders, atomic files, locks, cached arrays. No torch."""
