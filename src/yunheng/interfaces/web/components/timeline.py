"""The drawn time-line of a service: lanes of conditions, the cuts they make, and the pieces that are charged.

labels   3-17 开通        5-11 变更               (up to three rows, never one upon another)
数量      [ 4 台          ][ 6 台                ]
单价      [ 960.00                 ][ 912.00     ]
计费段    [ 1  ][ 2      ][ 3 ][ 4 ][ 5          ]   links, the one in question in ochre
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from yunheng.interfaces.web.components.dates import month_day
from yunheng.interfaces.web.components.labels import LabelBox, place_labels
from yunheng.interfaces.web.components.text import fits
from yunheng.interfaces.web.components.timescale import AxisMark, Scale, axis

WIDTH, LEFT, RIGHT = 1010.0, 92.0, 14.0
LABEL_ROW, LANE, LANE_BAR, PIECE_BAR = 18.0, 44.0, 28.0, 32.0
TARGET = 26.0  # a piece narrower than this is no link: the table beside it is
NUMBERED = 12.0
PAYER_WORDS = {"fund": "市级统筹", "unit": "用户单位自付", "none": "不计费"}


@dataclass(frozen=True)
class Segment:
    """A stretch ``[start, end)`` of a lane; ``kind`` is flat, fund, unit or none (hatched)."""

    start: date
    end: date
    text: str = ""
    kind: str = "flat"


@dataclass(frozen=True)
class Lane:
    """A condition over time: 数量, 单价, 暂停, 承担方, 迁移."""

    name: str
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True)
class Cut:
    """A day on which a condition changes, with the word for it."""

    on: date
    text: str = ""


@dataclass(frozen=True)
class Piece:
    """A charged stretch ``[start, end)``; ``no`` is None where nothing is charged."""

    no: int | None
    start: date
    end: date
    payer: str
    href: str = ""
    words: str = ""


@dataclass(frozen=True)
class Box:
    """A bar in the drawing, with its text when that fits."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    text: str
    text_y: float
    title: str
    href: str = ""
    on: bool = False

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class DrawnLane:
    """A lane with its name and bars."""

    name: str
    text_y: float
    rail_y: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Post:
    """The dashed line of a cut with its label."""

    x: float
    top: float
    text: str
    text_x: float
    text_y: float
    anchor: str


@dataclass(frozen=True)
class TimelineView:
    """The whole drawing in the units of its view box."""

    label: str
    height: float
    lanes: tuple[DrawnLane, ...]
    posts: tuple[Post, ...]
    pieces: tuple[Box, ...]
    axis: tuple[AxisMark, ...]
    lanes_top: float
    pieces_top: float
    bottom: float
    column: Box | None
    width: float = WIDTH
    left: float = LEFT

    @property
    def start(self) -> float:
        """How far a narrow screen scrolls to see the piece in question, in hundredths of the width."""
        return round(100 * self.column.x / self.width) if self.column else 0


def timeline_view(
    *,
    start: date,
    end: date,
    lanes: Sequence[Lane],
    cuts: Sequence[Cut],
    pieces: Sequence[Piece],
    highlight: int | None = None,
    label: str = "计费时间线",
) -> TimelineView:
    """Draw the days ``[start, end)``. ``highlight`` is the number of the piece in question."""
    scale = Scale(start, end, LEFT, WIDTH - RIGHT)
    shown = [cut for cut in sorted(cuts, key=lambda c: c.on) if start <= cut.on <= end]
    labels = place_labels([(scale.x(cut.on), cut.text) for cut in shown], left=0, right=WIDTH)
    rows = 1 + max((box.row for box in labels), default=0)
    lanes_top = 12 + rows * LABEL_ROW
    drawn = tuple(_lane(lane, scale, lanes_top + 8 + n * LANE) for n, lane in enumerate(lanes))
    pieces_top = lanes_top + 8 + len(lanes) * LANE
    bars = tuple(_piece(piece, scale, pieces_top + 10, highlight) for piece in pieces if start < piece.end)
    bottom = pieces_top + 10 + PIECE_BAR + 10
    on = next((bar for bar in bars if bar.on), None)
    column = Box(on.x, lanes_top, on.width, bottom - lanes_top, "", "", 0, "") if on else None
    marks = axis(scale)
    height = bottom + (42 if any(mark.row for mark in marks) else 24)
    posts = tuple(_post(scale.x(cut.on), box, rows) for cut, box in zip(shown, labels, strict=True))
    return TimelineView(label, height, drawn, posts, bars, marks, lanes_top, pieces_top, bottom, column)


def _period(start: date, end: date) -> str:
    """Prose names the last day included."""
    return f"{month_day(start)}至{month_day(end - timedelta(days=1))}"


def _lane(lane: Lane, scale: Scale, y: float) -> DrawnLane:
    boxes = tuple(_segment(segment, scale, y) for segment in lane.segments if scale.meets(segment.start, segment.end))
    return DrawnLane(lane.name, y + 19, y + LANE_BAR / 2, boxes)


def _segment(segment: Segment, scale: Scale, y: float) -> Box:
    x, width = scale.span(segment.start, segment.end, gap=1)
    text = segment.text if fits(segment.text, size=13, room=width) else ""
    title = f"{segment.text} {_period(segment.start, segment.end)}".strip()
    return Box(x, y, width, LANE_BAR, segment.kind, text, y + 19, title)


def _piece(piece: Piece, scale: Scale, y: float, highlight: int | None) -> Box:
    x, width = scale.span(piece.start, piece.end, gap=1.5)
    text = str(piece.no) if piece.no is not None and width >= NUMBERED else ""
    name = f"第 {piece.no} 段" if piece.no is not None else "不计费"
    words = "，".join(
        part for part in (name, _period(piece.start, piece.end), PAYER_WORDS[piece.payer], piece.words) if part
    )
    on = piece.no is not None and piece.no == highlight
    href = piece.href if width >= TARGET else ""
    return Box(x, y, width, PIECE_BAR, piece.payer, text, y + 21, words, href, on)


def _post(x: float, box: LabelBox, rows: int) -> Post:
    """Row 0 is the lowest, next to the lanes."""
    line = 12 + (rows - 1 - box.row) * LABEL_ROW
    return Post(x, line + 6, box.text, box.text_x, line + 2, box.anchor)
