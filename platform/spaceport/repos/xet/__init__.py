"""Xet: how current clients upload large files. Chunks come in xorbs, shards say how files are made of them."""
