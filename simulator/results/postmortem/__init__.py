"""The story of each incident, step by step, as a good postmortem tells it.

- steps: what a step is, and the order of those at one time; story: all steps of an incident.
- onset: the change, the first bite, the first symptom; symptoms: what was down because of a cause.
- people: from the alert to the decision; remedies: what was tried, and what it waited for.
- recovery: at worst, half and 90 % right again, all right, and relapses.
"""

from simulator.results.postmortem.steps import ORDER, Step
from simulator.results.postmortem.story import Story, stories
from simulator.results.postmortem.symptoms import Symptoms, symptoms_of

__all__ = ["ORDER", "Step", "Story", "Symptoms", "stories", "symptoms_of"]
