"""The power flow as SVG geometry: boxes, lines as thick as the power, arrowheads at the receiving end."""

from dataclasses import dataclass

from app.services.overview.freshness import Freshness
from app.services.overview.power import PowerNow, is_idle
from app.web.filters import DASH, number, pct

BOX_HEIGHT = 74
CORNER = 12
ARROW_LENGTH, LEAST_ARROW, MOST_ARROW = 12.0, 8.0, 15.0
LEAST_WIDTH, WIDTH_PER_KW, MOST_WIDTH = 2.5, 2.4, 18.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the four boxes stand, px of the view box."""

    name: str  # the class that shows it: "wide", "tall"
    width: int
    height: int
    box_width: int
    home_y: int
    battery_y: int

    @property
    def home_x(self) -> float:
        return (self.width - self.box_width) / 2

    @property
    def side_y(self) -> float:
        """Where solar and grid meet the home."""
        return self.home_y + BOX_HEIGHT / 2


WIDE = Layout("wide", width=400, height=272, box_width=122, home_y=80, battery_y=198)
TALL = Layout("tall", width=316, height=288, box_width=106, home_y=96, battery_y=214)


@dataclass(frozen=True, slots=True)
class Node:
    """One box with its figure and its state in words."""

    name: str
    icon: str
    tone: str
    x: float
    y: float
    figure: str
    unit: str
    words: str
    is_home: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """From one box to another. An idle one is dotted and has no arrow."""

    tone: str
    path: str
    width: float
    arrow: str = ""
    is_idle: bool = True


@dataclass(frozen=True, slots=True)
class FlowDrawing:
    """One layout, ready to be written as SVG."""

    layout: Layout
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]


def draw(power: PowerNow) -> tuple[FlowDrawing, ...]:
    """The same picture for wide and for narrow cards."""
    return tuple(FlowDrawing(layout, _nodes(power, layout), _lines(power, layout)) for layout in (WIDE, TALL))


def _nodes(power: PowerNow, layout: Layout) -> tuple[Node, ...]:
    right, x = layout.width - layout.box_width, layout.home_x
    return (
        _node("Solar", "sun", "solar", 0, 0, power.solar_w, _solar_words(power), power),
        _node("Grid", "grid", _grid_tone(power.grid_w), right, 0, power.grid_w, _grid_words(power), power),
        _node("Home", "home", "home", x, layout.home_y, power.load_w, "Using", power, is_home=True),
        _node("Battery", "battery", "battery", x, layout.battery_y, power.battery_w, _battery_words(power), power),
    )


def _node(
    name: str, icon: str, tone: str, x: float, y: float, power_w: float | None, words: str, power: PowerNow, is_home: bool = False
) -> Node:
    if power_w is None or power.state in (Freshness.LOST, Freshness.NONE):
        return Node(name, icon, tone, x, y, DASH, "", "No reading", is_home)
    return Node(name, icon, tone, x, y, number(abs(power_w) / 1000, 2), "kW", words, is_home)


def _grid_tone(grid_w: float | None) -> str:
    return "export" if grid_w is not None and grid_w < 0 and not is_idle(grid_w) else "import"


def _solar_words(power: PowerNow) -> str:
    return "Nothing now" if is_idle(power.solar_w) else "Producing"


def _grid_words(power: PowerNow) -> str:
    if power.is_outage:
        return "Outage"
    if is_idle(power.grid_w):
        return "Nothing flows"
    return "Importing" if (power.grid_w or 0) > 0 else "Exporting"


def _battery_words(power: PowerNow) -> str:
    if is_idle(power.battery_w):
        return f"Rests at {pct(power.soc_pct)}" if power.soc_pct is not None else "Resting"
    return "Discharging" if (power.battery_w or 0) > 0 else "Charging"


def line_width(power_w: float) -> float:
    """2.5 px and 2.4 px for each kW, 18 px at most."""
    return round(min(LEAST_WIDTH + WIDTH_PER_KW * abs(power_w) / 1000, MOST_WIDTH), 1)


def _lines(power: PowerNow, layout: Layout) -> tuple[Line, ...]:
    return (
        _side_line("solar", layout, layout.box_width / 2, 1, power.solar_w, to_home=True),
        _side_line(
            _grid_tone(power.grid_w), layout, layout.width - layout.box_width / 2, -1, power.grid_w, to_home=(power.grid_w or 0) >= 0
        ),
        _battery_line(layout, power.battery_w),
    )


def _side_line(tone: str, layout: Layout, x: float, step: int, power_w: float | None, *, to_home: bool) -> Line:
    """From a box at the top, round a corner, to the side of the home. `step` is +1 from the left, −1 from the right."""
    y, home = layout.side_y, layout.home_x if step > 0 else layout.home_x + layout.box_width

    def bend(top: float, end: float) -> str:
        return f"M{x:g} {top:g}V{y - CORNER:g}Q{x:g} {y:g} {x + step * CORNER:g} {y:g}H{end:g}"

    if power_w is None or is_idle(power_w):
        return Line(tone, bend(BOX_HEIGHT, home), 1.5)
    width, half = line_width(power_w), _half_arrow(power_w)
    if to_home:
        arrow = f"M{home - step * ARROW_LENGTH:g} {y - half:g}L{home:g} {y:g}L{home - step * ARROW_LENGTH:g} {y + half:g}z"
        return Line(tone, bend(BOX_HEIGHT, home - step * (ARROW_LENGTH - 2)), width, arrow, is_idle=False)
    tip = BOX_HEIGHT
    back = (
        f"M{home:g} {y:g}H{x + step * CORNER:g}Q{x:g} {y:g} {x:g} {y - CORNER:g}V{tip + ARROW_LENGTH - 2:g}"
        if y - CORNER > tip + ARROW_LENGTH - 2
        else f"M{home:g} {y:g}H{x + step * CORNER:g}Q{x:g} {y:g} {x:g} {tip + ARROW_LENGTH - 2:g}"
    )
    arrow = f"M{x - half:g} {tip + ARROW_LENGTH:g}L{x:g} {tip:g}L{x + half:g} {tip + ARROW_LENGTH:g}z"
    return Line(tone, back, width, arrow, is_idle=False)


def _battery_line(layout: Layout, power_w: float | None) -> Line:
    x, top, bottom = layout.width / 2, layout.home_y + BOX_HEIGHT, layout.battery_y
    if power_w is None or is_idle(power_w):
        return Line("battery", f"M{x:g} {bottom:g}V{top:g}", 1.5)
    half = _half_arrow(power_w)
    if power_w > 0:
        path, tip, base = f"M{x:g} {bottom:g}V{top + ARROW_LENGTH - 2:g}", top, top + ARROW_LENGTH
    else:
        path, tip, base = f"M{x:g} {top:g}V{bottom - ARROW_LENGTH + 2:g}", bottom, bottom - ARROW_LENGTH
    return Line("battery", path, line_width(power_w), f"M{x - half:g} {base:g}L{x:g} {tip:g}L{x + half:g} {base:g}z", is_idle=False)


def _half_arrow(power_w: float) -> float:
    return min(max(line_width(power_w) / 2 + 6, LEAST_ARROW), MOST_ARROW)
