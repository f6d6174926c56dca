"""The measured servers, with an independent module or package for each."""
