"""Write the pages and pictures that are made from the code: `python -m tests.reference`."""

from tests.reference.pages import write

write()
