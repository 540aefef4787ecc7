"""A process of its own that reads hostile tables: it sees one split of one dataset, and nothing else."""
