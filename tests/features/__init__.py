"""Features as such: a whole one in a folder, and each built-in one switched off."""
