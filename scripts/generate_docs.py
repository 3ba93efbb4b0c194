"""generate_docs.py [--check]: write the parts of the documentation that the program itself knows.

Between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->` (in .env.example `# generated:NAME`): the supported systems and the
vendors' base URLs from the registries, the tables from the models. With --check nothing is written: exit 1 names what is out of date.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.control.connections import brands_of  # noqa: E402 - the checkout is put on the path first
from app.domain.brands import BaseUrl, Brand  # noqa: E402
from app.extensions import import_models  # noqa: E402
from app.feeds.registry import markets  # noqa: E402
from app.models.base import Base  # noqa: E402

KINDS = {
    "retailer": "Retailer",
    "battery": "Battery",
    "inverter": "Solar inverter",
    "charger": "Car charger",
    "solar_forecast": "Solar forecast",
}
ABILITIES = {
    "ahead": "read prices ahead",
    "present": "read the present price",
    "solar": "know the sun to expect",
    "solar_band": "know how sure that is",
    "temperature": "know the temperature to expect",
    "stream": "hear a new price at once",
    "plan": "know the whole year of a plan of fixed prices",
    "FollowTariff": "let it plan by your prices",
    "weekly_plan": "keep a whole year's plan",
    "Charge": "charge",
    "Discharge": "discharge",
    "Hold": "hold its charge",
    "SelfConsume": "run your home from it",
    "Run": "run",
    "Curtail": "hold its power down",
    "ChargeCar": "charge the car",
    "StopCar": "stop charging",
    "power_setpoint": "choose the power",
    "timer": "leave the end of a command to the device",
}
INCLUDES = {"whole": "the whole address", "scheme and host": "scheme and host"}


class OutOfPlace(Exception):
    """A file lacks the marks between which a part belongs."""


def brands() -> Iterator[Brand]:
    """Every brand that is installed: retailers first, then devices by role."""
    for role in KINDS:
        yield from brands_of(role).values()


def systems() -> str:
    """README's table of supported systems."""
    rows = [
        f"| {brand.title} | {KINDS[brand.role]} | {brand.vendor} | "
        f"{', '.join(words for name, words in ABILITIES.items() if name in brand.capabilities)} |"
        for brand in brands()
    ]
    return "\n".join(["| System | Kind | Connected through | PowerSync can |", "|---|---|---|---|", *rows])


def base_urls() -> Iterator[tuple[str, BaseUrl]]:
    """Each base URL once, with the name of the first vendor that uses it."""
    seen = set()
    for each in (*markets().values(), *brands()):
        for url in each.base_urls:
            if url.env not in seen:
                seen.add(url.env)
                yield url.vendor or each.vendor, url


def environment() -> str:
    """README's table of the vendors' base URLs."""
    rows = [
        f"| `{url.env}` | `{url.default}` | {vendor}: {INCLUDES.get(url.includes, f'with its path, {url.includes}')} |"
        for vendor, url in base_urls()
    ]
    return "\n".join(["| Name | Default | Meaning |", "|---|---|---|", *rows])


def example() -> str:
    """The same for .env.example."""
    return "\n".join(f"{url.env}={url.default}" for _, url in base_urls())


def tables() -> str:
    """DATABASE.md's table of tables: the first line of each model's description."""
    import_models()
    models = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
    rows = [f"| `{name}` | {_first_line(models[name])} |" for name in sorted(models)]
    return "\n".join(["| Table | Holds |", "|---|---|", *rows])


def _first_line(model: type) -> str:
    return (model.__doc__ or "").strip().splitlines()[0].removesuffix(".").replace("|", "\\|")


PARTS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("README.md", "systems", systems),
    ("README.md", "environment", environment),
    (".env.example", "environment", example),
    ("DATABASE.md", "tables", tables),
)


def filled(path: str, text: str) -> str:
    """`text` of the file at `path` (inside the checkout) with its parts made anew. Raises OutOfPlace."""
    for file, name, make in PARTS:
        if file != path:
            continue
        begin, end = (f"# generated:{name}", f"# /generated:{name}") if path == ".env.example" else (_mark(name), _mark(f"/{name}"))
        pattern = re.compile(rf"(?<=^{re.escape(begin)}\n).*?(?=^{re.escape(end)}$)", re.MULTILINE | re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise OutOfPlace(f"{path} needs one {begin} and one {end}")
        whole = f"{make()}\n".replace("\\", r"\\")  # a replacement's backslashes are its own signs
        text = pattern.sub(whole, text)
    return text


def _mark(name: str) -> str:
    return f"<!-- {'/' if name.startswith('/') else ''}generated:{name.removeprefix('/')} -->"


def out_of_date() -> Iterator[tuple[Path, str]]:
    """Each file that the generator would change, with what it would hold."""
    for path in dict.fromkeys(file for file, _, _ in PARTS):
        file = ROOT / path
        text = file.read_text(encoding="utf-8")
        made = filled(path, text)
        if made != text:
            yield file, made


def main(arguments: list[str]) -> int:
    """Exit code 0 done or up to date, 1 out of date or out of place, 2 wrong use."""
    if arguments not in ([], ["--check"]):
        print("usage: generate_docs.py [--check]", file=sys.stderr)
        return 2
    try:
        changed = list(out_of_date())
    except OutOfPlace as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    if arguments and changed:
        names = ", ".join(file.name for file, _ in changed)
        print(f"Error: out of date: {names}; run python scripts/generate_docs.py", file=sys.stderr)
        return 1
    for file, made in changed:
        file.write_text(made, encoding="utf-8")
        print(f"wrote {file.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
