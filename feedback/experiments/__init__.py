"""Experiments on part of the people: who gets what, from draft to decision.

``assignment`` who gets which arm, ``drafting`` lists drafted from two rankings, ``lifecycle`` draft to decision. What
can be changed stands in ``feedback.treatments``, what came of it in ``feedback.experiment_results``, the pure
statistics in ``core.stats``.
"""
