"""What a statement claims that its quotes do not prove, finding by finding.

A rule for each thing that chat models get wrong: numbers with their units, and whose, of what and
of when they are; dates, names, denials, plans told as facts; who did it to whom for the deeds that
`meanings.csv` lists. Each says why it stands; none guesses from a score. `rag.proof.rules` applies
them all. What belongs to what is checked only where a verb, or a place beside, tells it.
"""
