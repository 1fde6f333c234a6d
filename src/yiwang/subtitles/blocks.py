"""Lines of a text screen that belong together: a block is placed as a whole, and players wrap within it."""

from dataclasses import dataclass

from yiwang.base.subtitle import COLUMNS, TextLine

CENTRE_TOLERANCE = 2
"""Columns; a line is centred if its margins differ by no more than twice this."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines one below the other. ``align``: 'center', 'start' or 'end'; ``column``: where it starts, ends or is centred."""

    lines: tuple[TextLine, ...]
    align: str
    column: int

    @property
    def row(self) -> int:
        """First row."""
        return self.lines[0].row

    @property
    def rows(self) -> int:
        """How many rows high it is."""
        last = self.lines[-1]
        return last.row + last.height - self.row


def blocks(lines: tuple[TextLine, ...]) -> list[Block]:
    """Cut a screen where rows between lines are empty."""
    groups: list[list[TextLine]] = []
    for line in lines:
        if groups and line.row <= groups[-1][-1].row + groups[-1][-1].height:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_block(tuple(group)) for group in groups]


def _block(lines: tuple[TextLine, ...]) -> Block:
    if all(abs(line.column - (COLUMNS - line.column - line.width)) <= 2 * CENTRE_TOLERANCE for line in lines):
        return Block(lines, "center", COLUMNS // 2)
    ends = {line.column + line.width for line in lines}
    if len(lines) > 1 and len(ends) == 1 and len({line.column for line in lines}) > 1:
        return Block(lines, "end", ends.pop())
    return Block(lines, "start", min(line.column for line in lines))
