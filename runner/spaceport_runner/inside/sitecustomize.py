"""Python runs this at its start, in the app and in every Python process the app starts."""

import os

if "SPACEPORT_PORT_MAP" in os.environ:
    # This folder is where Python finds it.
    import port_map  # type: ignore[import-not-found]

    port_map.install(*map(int, os.environ["SPACEPORT_PORT_MAP"].split(":")))
