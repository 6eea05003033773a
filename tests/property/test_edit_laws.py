"""Laws of edits: what is taken back is the very text, and what is not named is not touched."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from objclass.annotations.class_names import meaning
from objclass.annotations.edit import Add, Edit, Erase, Reclass, apply
from objclass.annotations.header import tidy
from objclass.data.delimited import DELIMITERS, delimiter_of, encoding_of, in_quotes, quote
from objclass.data.formula import unescape

TITLES = ("image", "y", "x", "class", "mood", "object")
words = st.text(alphabet="ab='\",;\t\n\r é#-\u2028", max_size=5)
classes = st.text(min_size=1, max_size=6).filter(
    lambda name: bool(tidy(name)) and "\0" not in name and meaning(tidy(name)) is None
)


@dataclass(frozen=True)
class Written:
    """A table as somebody's program wrote it.

    Parameters
    ----------
    lines
        Its lines with their endings, the titles first.
    rows
        Which of them are rows.
    cells
        Of every row: its cells as they are written, by title.
    mark, ending
        Delimiter and line ending.
    """

    start: str
    lines: tuple[str, ...]
    rows: tuple[int, ...]
    cells: tuple[dict[str, str], ...]
    mark: str
    ending: str

    @property
    def text(self) -> str:
        return self.start + "".join(self.lines)

    def line(self, row: int) -> int:
        """The line that a row begins on, counted as an editor counts."""
        before = self.start + "".join(self.lines[: self.rows[row]])
        return len(before.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


@st.composite
def tables(draw: st.DrawFn) -> Written:
    mark, ending = draw(st.sampled_from(DELIMITERS)), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    titles = draw(st.permutations(TITLES))
    lines, rows, cells = [mark.join(titles) + ending], [], []
    for kind in draw(st.lists(st.sampled_from(["row", "row", "blank", "remark"]), max_size=6)):
        if kind == "row":
            said = {
                "image": draw(st.sampled_from(["a", "b"])),
                "y": draw(st.sampled_from(["1", "31,0", "31.5"])),
                "x": "2",
                "class": draw(words),
                "mood": draw(words),
                "object": draw(st.sampled_from(["", "4", "5"])),
            }
            always = draw(st.booleans())
            written = {
                title: in_quotes(text) if always and '"' not in text else quote(text, mark)
                for title, text in said.items()
            }
            rows.append(len(lines))
            cells.append(written)
            lines.append(mark.join(written[title] for title in titles) + ending)
        else:
            lines.append(("" if kind == "blank" else "# a remark") + ending)
    if draw(st.booleans()):
        lines[-1] = lines[-1].removesuffix(ending)
    start = draw(st.sampled_from(["", "\ufeff", "\ufeff" + ending, ending]))
    return Written(start, tuple(lines), tuple(rows), tuple(cells), mark, ending)


@st.composite
def edited(draw: st.DrawFn) -> tuple[Written, int, Edit]:
    """A table, a row (-1 where it has none) and an edit."""
    table = draw(tables())
    new = Add(draw(classes), y=3, x=4, image=draw(words.filter(lambda w: "\0" not in w)), object=9)
    if not table.rows:
        return table, -1, new
    row = draw(st.integers(0, len(table.rows) - 1))
    line = table.line(row)
    return table, row, draw(
        st.one_of(st.just(new), st.just(Erase(line)), st.builds(Reclass, st.just(line), classes))
    )  # fmt: skip


def read(text: str) -> list[dict[str, str]]:
    """The rows of a table as the csv module reads them: the plain twin."""
    source = io.StringIO(text.removeprefix("\ufeff"), newline="")
    found = [c for c in csv.reader(source, delimiter=delimiter_of(text), strict=True) if any(c)]
    titles, *rows = found
    full = [cells for cells in rows if len(cells) == len(titles)]
    return [dict(zip(titles, map(unescape, cells), strict=True)) for cells in full]


@given(edited())
def test_taking_an_edit_back_gives_the_very_bytes(given_: tuple[Written, int, Edit]) -> None:
    table, _, edit = given_
    new, back = apply(table.text, edit)
    before, again = apply(new, back)
    assert before == table.text
    assert apply(before, again) == (new, back)
    data = table.text.encode()
    assert before.encode(encoding_of(data)) == data


@given(tables(), st.data())
def test_edits_are_taken_back_one_after_the_other(table: Written, data: st.DataObject) -> None:
    text, backs, texts = table.text, [], []
    for name in data.draw(st.lists(classes, max_size=4)):
        texts.append(text)
        text, back = apply(text, Add(name, y=1, x=2))
        backs.append(back)
        texts.append(text)
        text, back = apply(text, Reclass(len(list(_lines(text))), name + "b"))
        backs.append(back)
    for back, before in zip(reversed(backs), reversed(texts), strict=True):
        text = apply(text, back)[0]
        assert text == before


def _lines(text: str) -> list[int]:
    """The lines on which records begin, up to the last record."""
    from objclass.data.delimited import records

    last = list(records(text, delimiter_of(text)))[-1]
    return list(range(last.line))


@given(edited())
def test_an_edit_touches_its_row_and_no_other_byte(given_: tuple[Written, int, Edit]) -> None:
    table, row, edit = given_
    new, _ = apply(table.text, edit)
    if isinstance(edit, Add):
        assert new.startswith(table.text)
        return
    at = table.rows[row]
    head, tail = table.start + "".join(table.lines[:at]), "".join(table.lines[at + 1 :])
    if isinstance(edit, Reclass):
        before, written = table.lines[at], table.cells[row]["class"]
        assert new.startswith(head)
        assert new.endswith(tail)
        inside = new[len(head) : len(new) - len(tail)]
        titles = table.lines[0].removesuffix(table.ending).split(table.mark)
        cells = [table.cells[row][title] for title in titles]
        k = titles.index("class")
        left = "".join(cell + table.mark for cell in cells[:k])
        assert inside.startswith(left)
        assert inside.endswith(before[len(left) + len(written) :])
    elif tail or table.lines[at].endswith(table.ending):
        assert new == head + tail
    else:
        assert new == head.removesuffix(table.ending)


@given(edited())
def test_who_reads_the_table_finds_what_was_edited(given_: tuple[Written, int, Edit]) -> None:
    table, row, edit = given_
    expected = read(table.text)
    found = read(apply(table.text, edit)[0])
    if isinstance(edit, Add):
        more = {"image": edit.image, "y": "3", "x": "4", "class": tidy(edit.class_), "mood": ""}
        expected.append({**more, "object": "9"})
    elif isinstance(edit, Erase):
        del expected[row]
    elif isinstance(edit, Reclass) and tidy(expected[row]["class"]) != tidy(edit.class_):
        expected[row]["class"] = tidy(edit.class_)
    assert found == expected
