"""Invitations: a toy feature that has one of everything that a feature can add.

A client creates an invitation for a person, who reads it on a page. A client that has the grant
exchanges the invitation for tokens of that person.
"""
