"""Campaigns with generated input: ``python -m tests.fuzz`` runs the long ones, the tests here a short form."""
