"""Git LFS over HTTP: large files come and go beside git."""
