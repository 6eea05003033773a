"""One page that tells everything about a workflow, a project or a batch.

``workflow``, ``trained`` and ``batch_folder`` gather what there is to tell as values
(``content``); ``sections`` turn it into HTML, ``figures`` into SVG; ``document`` puts the page
together. Nothing here decides anything about objects.
"""
