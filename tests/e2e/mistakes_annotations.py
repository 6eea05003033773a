"""Mistakes in annotation files and classes."""

from __future__ import annotations

from mistakes import Mistake, a_folder, annotations, bytes_of, gone, text
from mistakes_learning import classifier, learning

from workflows import deep, series, several

GOOD = "large,8,8\nsmall,8,24\nlarge,8,40\nsmall,8,56\n"

MISTAKES = (
    # --- the annotation file ----------------------------------------------------------------
    Mistake(
        "no annotations yet",
        "classes    STOPPED  no annotations yet: there is no annotations.csv\n"
        "choose  objclass annotations new cells.yaml",
        spoil=gone("annotations.csv"),
        code=1,
        common=True,
    ),
    Mistake(
        "a slip in the name of the annotation file",
        "classes    STOPPED  no annotations yet: there is no annotation.csv\n"
        "                    did you mean annotations.csv?\n"
        "choose  objclass annotations new cells.yaml",
        edit=learning("    annotations: annotation.csv\n"),
        code=1,
    ),
    Mistake(
        "annotations without a class so far",
        "classes    STOPPED  no annotations yet: annotations.csv has no row with a class "
        "(2 without)\n"
        "choose  fill in the column class, and run again",
        spoil=annotations(",8,8\n,8,24\n"),
        code=1,
    ),
    Mistake(
        "an annotation file with nothing in it",
        "cells.yaml:27:18: node 'classes': annotations.csv is empty (0 bytes); start it "
        "with a line of column titles",
        spoil=bytes_of("annotations.csv", b""),
    ),
    Mistake(
        "a spreadsheet as annotation file",
        "cells.yaml:27:18: node 'classes': annotations.xlsx is no table; got .xlsx; "
        "expected .csv, .tsv, .txt, .parquet",
        edit=learning("    annotations: annotations.xlsx\n"),
        spoil=bytes_of("annotations.xlsx", b"PK\x03\x04"),
    ),
    Mistake(
        "a folder as annotation file",
        "cells.yaml:27:18: node 'classes': truth is a folder; expected a table",
        edit=learning("    annotations: truth\n"),
        spoil=a_folder("truth"),
    ),
    Mistake(
        "annotations in another encoding",
        "annotations.csv:2: node 'classes': the table is not UTF-8 text; save it as CSV UTF-8",
        spoil=text("annotations.csv", "class,y,x\nzöllig,8,8\n", "latin-1"),
    ),
    Mistake(
        "annotations by names no image has",
        "cells.yaml:27:18: node 'classes': no image has a name {well}; got {well}.csv; "
        "expected {name}, {image}, {dataset_dir}, {nickname}",
        edit=learning('    annotations: "{well}.csv"\n'),
        bench=several,
    ),
    # --- its columns ------------------------------------------------------------------------
    Mistake(
        "no column of classes",
        "annotations.csv:1: column class missing; got type, y, x; name the column of "
        "classes 'class'",
        spoil=annotations("large,8,8\n", "type,y,x"),
        common=True,
    ),
    Mistake(
        "no positions",
        "annotations.csv:1: columns y, x missing; got class, object; object ids change "
        "whenever the segmentation does; give a voxel inside each object (0-based, of the "
        "uncropped image)",
        spoil=annotations("large,1\n", "class,object"),
    ),
    Mistake(
        "no time points in a time series",
        "annotations.csv:1: column t missing; got class, y, x; give the time point of "
        "every row, counted from 0",
        bench=series,
        spoil=annotations("large,8,8\n"),
    ),
    Mistake(
        "no z in a stack",
        "annotations.csv:1: column z missing; got class, y, x; give a voxel inside each "
        "object (0-based, of the uncropped image)",
        bench=deep,
        spoil=annotations("large,8,8\n"),
    ),
    Mistake(
        "a misspelt column",
        "annotations.csv:1:4: column 'stmp' is not known; did you mean 'stamp'? otherwise "
        "rename it",
        spoil=annotations("large,8,8,\n", "class,y,x,stmp"),
    ),
    Mistake(
        "classes under the title label beside the ids of objects",
        "annotations.csv:1: column class missing; got label, y, x, object; rename 'label' to "
        "'class'",
        spoil=annotations("large,8,8,1\n", "label,y,x,object"),
    ),
    Mistake(
        "two columns of classes",
        "annotations.csv:1:4: two columns mean 'class'; got 'class' and 'Class'; rename or "
        "delete one of them",
        spoil=annotations("large,8,8,large\n", "class,y,x,Class"),
    ),
    # --- its rows ---------------------------------------------------------------------------
    Mistake(
        "a position that is no number",
        "annotations.csv:6:2: y is not a voxel; got 'here'; expected a voxel counted from "
        "0, such as 31",
        spoil=annotations(f"{GOOD}large,here,24\n"),
    ),
    Mistake(
        "a position in micrometres",
        "classes    FAILED\n"
        "annotations.csv:6: node 'classes': the position lies outside the image; got y 8, "
        "x 240; expected y 0 to 47, x 0 to 63; positions count voxels from 0 in the "
        "uncropped image, not micrometres",
        spoil=annotations(f"{GOOD}large,8,240.5\n"),
        code=1,
    ),
    Mistake(
        "a stamp that a spreadsheet made a number",
        "annotations.csv:2:4: not a stamp; got '1.2E+10'; expected a letter and ten "
        "hexadecimal digits, such as o9f03ac21b4; empty the cell to make the row a point",
        spoil=annotations("large,8,8,1.2E+10\n", "class,y,x,stamp"),
    ),
    Mistake(
        "a cell too many",
        "annotations.csv:6: node 'classes': too many cells; got 4 cells; expected 3, as in "
        "the first line; put text that holds the delimiter in quotes",
        spoil=annotations(f"{GOOD}large,8,24,7\n"),
    ),
    Mistake(
        "a quote that opens and never closes",
        "annotations.csv:6: node 'classes': a quote that opens from here on is never "
        "closed; close it, or double it inside text",
        spoil=annotations(f'{GOOD}"large,8,24\n'),
    ),
    Mistake(
        "an image that the workflow does not have",
        "annotations.csv:2: the workflow has no image 'rwa' (line 2); expected one of raw; "
        "did you mean 'raw'?",
        spoil=annotations("large,8,8,rwa\n", "class,y,x,image"),
    ),
    Mistake(
        "annotations that do not say of which image",
        "annotations.csv:2: a row without image fits 3 images on line 2; got a, b, c; add "
        "the column image or name",
        bench=several,
        spoil=annotations("large,8,8\n"),
    ),
    # --- classes ----------------------------------------------------------------------------
    Mistake(
        "a class that is not among the classes",
        "cells.yaml:28:14: node 'classes': annotated class 'small' is not in classes "
        "(annotations.csv:3); expected large, tiny; add it, or mend the annotation",
        edit=classifier("classes: [large, tiny]"),
        common=True,
    ),
    Mistake(
        "a class twice",
        "cells.yaml:28:14: node 'classes': classes names 'large' twice; each name may occur once",
        edit=classifier("classes: [large, small, large]"),
    ),
    Mistake(
        "one class only",
        "cells.yaml:28:14: node 'classes': a classifier needs two classes; got large; add "
        "the other class, or leave classes out\n"
        "cells.yaml:28:14: node 'classes': annotated class 'small' is not in classes "
        "(annotations.csv:3); expected large; add it, or mend the annotation",
        edit=classifier("classes: [large]"),
    ),
    Mistake(
        "a class that means something else",
        "cells.yaml:28:14: node 'classes': 'ignore' is no class: it means an object that "
        "is not learned from; call it something else",
        edit=classifier("classes: [large, small, ignore]"),
    ),
    Mistake(
        "a class that is called like what the program writes",
        "cells.yaml:28:14: node 'classes': 'Unclassified' is no class: it means an object "
        "below min_probability; call it something else",
        edit=classifier("classes: [large, small, Unclassified]"),
    ),
    Mistake(
        "rows of a class that means something else",
        "annotations.csv:3: 'background' is no class: it means voxels that belong to no "
        "object (lines 3, 5); call it something else, or 'ignore' to leave the objects out",
        spoil=annotations("large,8,8\nbackground,8,24\nlarge,8,40\nbackground,8,56\n"),
    ),
    Mistake(
        "ignore in capital letters",
        "annotations.csv:6: 'Ignore' is no class: it means an object that is not learned "
        "from (line 6); write 'ignore'",
        spoil=annotations(f"{GOOD}Ignore,24,8\n"),
    ),
    Mistake(
        "classes that look alike",
        "annotations.csv:6: names of classes differ only in case or blanks; got 'large' "
        "(lines 2, 4), 'Large' (line 6); write them alike, or name them all in 'classes' if "
        "they are classes of their own",
        spoil=annotations(f"{GOOD}Large,24,8\n"),
    ),
    Mistake(
        "an unknown colour",
        "cells.yaml:28:14: node 'classes': classes has the unknown colour 'orangered'; did "
        "you mean orange?",
        edit=classifier("classes: {large: orangered, small: blue}"),
    ),
    Mistake(
        "annotations of one class only",
        "classes    FAILED\n"
        "cells.yaml:24:3: node 'classes': a classifier needs two classes; got large; "
        "annotate objects of a second class",
        spoil=annotations("large,8,8\nlarge,8,40\n"),
        code=1,
        common=True,
    ),
    Mistake(
        "annotations on background only",
        "classes    FAILED\n"
        "                    warning: 2 rows on background, not used (lines 2, 3)\n"
        "cells.yaml:24:3: node 'classes': no annotated objects to learn from; annotate a "
        "few objects of each class",
        spoil=annotations("large,0,0\nsmall,0,1\n"),
        code=1,
    ),
)
