"""What was done, in sentences for the methods of a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from objclass.lineage.words import parameters
from objclass.report_page.content import ClassifierFacts, ReportContent


def methods_text(content: ReportContent) -> list[str]:
    """Return the paragraphs; all their values are those of the workflow, defaults written out."""
    return [
        " ".join(_found_and_measured(content)),
        *(" ".join(_learned(content, each)) for each in content.classifiers),
        " ".join(_ends(content)),
    ]


def _found_and_measured(content: ReportContent) -> Iterator[str]:
    versions = content.provenance.versions
    libraries = versions.get("libraries", {})
    used = ", ".join(f"{n} {libraries[n]}" for n in ("numpy", "scikit-learn") if n in libraries)
    images = f"{content.images} {'image' if content.images == 1 else 'images'}"
    on = f"Objects in {images} were" if content.images else "Objects were"
    python = versions.get("python", "")
    classified = content.classifiers or any(each.classes for each in content.counts)
    done = "found, measured and classified" if classified else "found and measured"
    yield (
        f"{on} {done} with objclass {versions.get('objclass', '')} "
        f"(Python {python}{', ' + used if used else ''})."
    )
    for name, node in content.provenance.finding.items():
        yield f"Objects ('{name}', {node['kind']}) were found with {parameters(node)}."
    for name, node in content.provenance.nodes.items():
        if node.get("role") == "label_image":
            yield f"Objects were those of the given label images ('{name}')."
    columns = content.provenance.columns
    if columns:
        families = Counter(name.partition("_")[0] for name, *_ in columns)
        sources = dict.fromkeys(source for *_, source in columns if source != "objclass")
        given = f"; definitions after {', '.join(sources)}" if sources else ""
        named = ", ".join(families)
        yield f"{len(columns)} features of every object were measured ({named}{given})."


def _learned(content: ReportContent, of: ClassifierFacts) -> Iterator[str]:
    evaluation = of.facts.get("evaluation", {})
    examples: Mapping[str, int] = evaluation.get("examples") or {}
    _, estimator = content.provenance.models.get(of.name, ("", "a classifier"))
    if examples:
        total = sum(examples.values())
        by_class = ", ".join(f"{number} {name}" for name, number in examples.items())
        by = f" by {len(of.columns)} features" if of.columns else ""
        yield (
            f"The classifier '{of.name}' ({estimator}) learned from {total} annotated objects "
            f"({by_class}){by}."
        )
    told = of.facts.get("score")
    if not told:
        return
    by = of.facts["by"]
    way = "parts of the objects" if by == "object" else f"whole {by}s"
    low, high = told["balanced_interval"] or (None, None)
    ends = f" (95 % interval {low:.2f} to {high:.2f})" if low is not None else ""
    recalls = ", ".join(f"{n} {e['recall']:.2f}" for n, e in told["classes"].items()
                        if e["recall"] is not None)  # fmt: skip
    yield (
        f"With {way} held out in turn its balanced accuracy was "
        f"{told['balanced_accuracy']:.2f}{ends}; recall: {recalls}."
    )
    drawn = "" if of.facts["intervals_by"] == "object" else ", widened by drawing groups again"
    yield (
        f"Intervals are Wilson's (1927, Journal of the American Statistical Association 22:209)"
        f"{drawn}; feature importance is by permutation (Breiman 2001, Machine Learning 45:5), "
        "reliability by bins of equal width (Murphy and Winkler 1977, Applied Statistics 26:41)."
    )


def _ends(content: ReportContent) -> Iterator[str]:
    corrected = [each for each in content.counts if each.method]
    if corrected:
        yield f"{corrected[0].method}."
    elif any(each.classes for each in content.counts):
        yield "Counts are of predictions and are not corrected."
    if content.failures:
        images = len({image for image, _ in content.failures})
        yield f"{images} {'image' if images == 1 else 'images'} could not be read or analysed."
    models = [f"'{n}' {digest}" for n, (digest, _) in content.provenance.models.items() if digest]
    if models:
        yield f"Digests of the models (blake3, 128 bits): {', '.join(models)}."
