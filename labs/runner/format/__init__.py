"""The KillerCoda format, and the Katacoda dialect before it: folders of scenarios read, checked and shown.

- notices: what is said of a scenario that is not quite right: one line with a place.
- index: `index.json` and `structure.json` as models.
- annotations: the words in double braces after code.
- fences: the pass before Markdown is parsed, which finds fenced code the way authors write it.
- pages: one text, parsed: its blocks of code, its HTML.
- terminal: a page on a terminal.
- assets: which files go where.
- scenario: a folder loaded; course: a folder of folders.

    scenario = load("examples/hello")
    [block.code for page in scenario.pages for block in page.blocks if block.action == "exec"]
"""

from labs.runner.format.course import Course, find_scenarios, load_course
from labs.runner.format.notices import InvalidLab, Notice
from labs.runner.format.pages import Block, Page
from labs.runner.format.scenario import Scenario, load

__all__ = ["Block", "Course", "InvalidLab", "Notice", "Page", "Scenario", "find_scenarios", "load", "load_course"]
