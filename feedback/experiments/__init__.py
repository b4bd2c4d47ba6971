"""Trying changes on part of the people, and telling honestly whether they helped.

``treatments`` what can be changed, ``assignment`` who gets which, ``lifecycle`` draft to decision, ``outcomes`` rows
to numbers, ``results`` what the page of a result shows. Pure: ``statistics``, ``sequential``, ``interleaving``,
``offpolicy``.
"""
