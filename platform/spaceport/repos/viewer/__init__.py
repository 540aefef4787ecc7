"""The dataset viewer: which tables the files of a dataset are, and what is in them."""
