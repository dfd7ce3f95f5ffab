"""Copies what the console serves out of node_modules and draws the icons into one sprite."""

import re
import shutil
import sys
from pathlib import Path

FILES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "hx-csp.js": "htmx.org/dist/ext/hx-csp.min.js",
    "hx-sse.js": "htmx.org/dist/ext/hx-sse.min.js",
    "hx-upsert.js": "htmx.org/dist/ext/hx-upsert.min.js",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
}
LICENSES = ("@fontsource-variable/inter", "htmx.org", "lucide-static")

SVG = re.compile(r"<svg(?P<head>[^>]*)>(?P<shapes>.*)</svg>", re.DOTALL)
KEPT = re.compile(r'\b(?:viewBox|fill|stroke(?:-\w+)*)="[^"]*"')
# The minified scripts end with the address of a map that we do not serve.
SOURCE_MAP = re.compile(r"\s*//# sourceMappingURL=\S+\s*$")


def symbol(name: str, svg: str) -> str:
    """One icon as a `<symbol>` that takes its colour from the text around it."""
    drawing = SVG.search(svg)
    if drawing is None:
        sys.exit(f"The icon {name!r} is not an SVG drawing.")
    look = " ".join(KEPT.findall(drawing["head"]))
    shapes = " ".join(drawing["shapes"].split())
    return f'<symbol id="{name}" {look}>{shapes}</symbol>'


def sprite(names: list[str], icons: Path) -> str:
    """All icons in one file, used as `<use href="icons.svg#name">`."""
    unknown = [name for name in names if not (icons / f"{name}.svg").exists()]
    if unknown:
        sys.exit(f"Lucide has no icon named {', '.join(unknown)}; see {icons} for those it has.")
    symbols = [symbol(name, (icons / f"{name}.svg").read_text("utf-8")) for name in names]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def copy(source: Path, target: Path) -> None:
    """Copies one file; a script loses its source map."""
    if target.suffix == ".js":
        target.write_text(SOURCE_MAP.sub("\n", source.read_text("utf-8")), "utf-8")
    else:
        shutil.copyfile(source, target)


def main(modules: Path, list_of_icons: Path, vendor: Path) -> None:
    """Fills the vendor folder anew."""
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for name, source in FILES.items():
        copy(modules / source, vendor / name)
    licenses = [
        f"{name}\n\n{(modules / name / 'LICENSE').read_text('utf-8')}" for name in LICENSES
    ]
    (vendor / "licenses.txt").write_text("\n\n".join(licenses), "utf-8")
    names = list_of_icons.read_text("utf-8").split()
    (vendor / "icons.svg").write_text(sprite(names, modules / "lucide-static/icons"), "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
