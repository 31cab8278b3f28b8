"""Forges: releases, their files, and comments on what they ship, through each forge's own API."""
