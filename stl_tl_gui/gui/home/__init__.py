"""The first page: three ways to begin, what was trained lately, and room to drop things."""
