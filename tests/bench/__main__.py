"""Runs measurements and prints what they gave: ``python -m tests.bench [push] [gateway] [files] [lists] ...``."""

import argparse
from collections.abc import Callable

from tests.bench import gateway_vs_nginx, large_files, large_files_s3, listing, memory, paint, push_to_live

#: What is measured when nothing is named.
_USUAL = ("push", "gateway", "files", "lists")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["sandbox", "docker"], default="sandbox")
    parser.add_argument("--rounds", type=int, default=push_to_live.ROUNDS)
    measurements: dict[str, tuple[str, Callable[[argparse.Namespace], dict[str, float]]]] = {
        "push": ("push to live", lambda asked: push_to_live.run(asked.engine, asked.rounds)),
        "gateway": ("gateway against nginx", lambda _: gateway_vs_nginx.run()),
        "files": ("large files against nginx, and against keeping them", lambda _: large_files.run()),
        "s3": ("large files in a bucket against the bucket alone", lambda _: large_files_s3.run()),
        "memory": ("memory of the hub for a file of ten gigabytes", lambda _: memory.run()),
        "paint": ("largest contentful paint against a bare page", lambda _: paint.run()),
        "lists": ("lists of 100,000 repos against plain SQL", lambda _: listing.run()),
    }
    parser.add_argument(
        "what", nargs="*", help=f"{', '.join(measurements)}; {', '.join(_USUAL)} when empty", default=[]
    )
    arguments = parser.parse_args()
    for name in arguments.what or _USUAL:
        title, measure = measurements[name]
        _print(f"{title} ({arguments.engine})" if name == "push" else title, measure(arguments))


def _print(title: str, figures: dict[str, float]) -> None:
    print(f"\n{title}")
    for name, value in figures.items():
        print(f"  {name:<40} {value:10.3f}" if isinstance(value, float) else f"  {name:<40} {value}")


if __name__ == "__main__":
    main()
