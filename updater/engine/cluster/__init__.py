"""Passes as tasks on Procrastinate over PostgreSQL: any number of workers, on any number of machines.

The database holds nothing that Git does not: a lost one costs repeats, never a write. Its lock is a
convenience; what guards a repository is Git's push.
"""
