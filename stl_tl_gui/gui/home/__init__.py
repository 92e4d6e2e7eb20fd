"""The first page: three ways to start, recent runs, and a place to drop files."""
