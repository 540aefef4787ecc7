"""The only process that holds an engine: builds images and keeps instances running."""
