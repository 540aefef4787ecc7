"""Runs measurements and prints what they gave: ``python -m tests.bench [push] [gateway] [files] [lists]``."""

import argparse

from tests.bench import gateway_vs_nginx, large_files, listing, push_to_live


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help="push, gateway, files, lists; everything when empty", default=[])
    parser.add_argument("--engine", choices=["sandbox", "docker"], default="sandbox")
    parser.add_argument("--rounds", type=int, default=push_to_live.ROUNDS)
    arguments = parser.parse_args()
    what = arguments.what or ["push", "gateway", "files", "lists"]
    if "push" in what:
        _print(f"push to live ({arguments.engine})", push_to_live.run(arguments.engine, arguments.rounds))
    if "gateway" in what:
        _print("gateway against nginx", gateway_vs_nginx.run())
    if "files" in what:
        _print("large files against nginx", large_files.run())
    if "lists" in what:
        _print("lists of 100,000 repos against plain SQL", listing.run())


def _print(title: str, figures: dict[str, float]) -> None:
    print(f"\n{title}")
    for name, value in figures.items():
        print(f"  {name:<40} {value:10.3f}" if isinstance(value, float) else f"  {name:<40} {value}")


if __name__ == "__main__":
    main()
