"""Container engines behind one narrow interface, see engine.py."""
