"""Numbers from vectors: annual amounts, and amounts of one breach each.

Measures of a year take an `exposure.tables.Annual` and nothing else; measures of one breach take a
plain array and say "given a breach". Nothing here simulates, pays, prints or draws.
"""
