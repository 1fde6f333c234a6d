"""Lines over numbers as SVG, for documents: no library, no fonts but the reader's own."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 320, 56, 130, 34, 44
COLOURS = ("#0b6bcb", "#c8452f", "#2e8540", "#8a5cc2", "#a06a00")

Panel = tuple[str, Sequence[float], Mapping[str, Sequence[float]]]
"""Title, places across, and the values of each line."""


def steps(most: float) -> list[float]:
    """Return round numbers from 0 to the first that is not below ``most``."""
    raw = max(most, 1e-9) / 4
    power = 10 ** len(str(int(raw))) / 10 if raw >= 1 else 10 ** -next(n for n in range(1, 12) if raw * 10**n >= 1)
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw)
    return [step * n for n in range(int(-(-most // step)) + 1)]


def lines_svg(panels: Sequence[Panel], across: str) -> str:
    """Draw panels side by side, each with a scale of its own that begins at 0."""
    total = WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {HEIGHT}" width="{total}" height="{HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{total}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for number, panel in enumerate(panels):
        parts.append(f'<g transform="translate({number * WIDTH} 0)">{_panel(panel, across)}</g>')
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, across: str) -> str:
    title, places, lines = panel
    ups = steps(max(max(values) for values in lines.values()))
    rights = steps(max(places))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(place: float) -> float:
        return round(LEFT + wide * place / rights[-1], 1)

    def y(value: float) -> float:
        return round(TOP + high * (1 - value / ups[-1]), 1)

    parts = [f'<text x="{LEFT}" y="18" font-weight="600">{escape(title)}</text>']
    for up in ups:
        parts.append(f'<path d="M{LEFT} {y(up)}H{LEFT + wide}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(up) + 4}" text-anchor="end" fill="#444">{up:g}</text>')
    for right in rights:
        parts.append(f'<text x="{x(right)}" y="{TOP + high + 16}" text-anchor="middle" fill="#444">{right:g}</text>')
    middle = LEFT + wide / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle" fill="#444">{escape(across)}</text>')
    label_y = 1e9
    for (name, values), colour in sorted(zip(lines.items(), COLOURS, strict=False), key=lambda one: one[0][1][-1]):
        points = [f"{x(place)} {y(value)}" for place, value in zip(places, values, strict=True)]
        parts.append(f'<path d="M{"L".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{p.split()[0]}" cy="{p.split()[1]}" r="2.5" fill="{colour}"/>' for p in points]
        label_y = min(y(values[-1]), label_y - 15)
        parts.append(f'<text x="{x(places[-1]) + 8}" y="{label_y + 4}" fill="{colour}">{escape(name)}</text>')
    return "\n".join(parts)
