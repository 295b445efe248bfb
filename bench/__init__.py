"""Benchmarks: the same programs compiled in several ways, run interleaved, compared.

    python -m bench [--programs nbody,json] [--columns native,wanco] [--runs 5] [--quick] [--json FILE]

`suite` lists the programs, `columns` the ways to compile and run them; both are tables
that grow by a line. What is built is kept in ``bench/.build``.
"""
