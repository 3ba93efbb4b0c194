"""What the pages of history share: which span an address asks for, links to the others, words and drawings."""
