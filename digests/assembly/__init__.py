"""From sources to articles to a draft digest."""
