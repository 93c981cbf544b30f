"""What each measure says, in a line for the reader of a report: French, English."""

MEANINGS: dict[str, tuple[str, str]] = {
    "right": (
        "part des questions dont la réponse est juste, ou le refus fondé",
        "share of the questions answered right, or rightly refused",
    ),
    "facts": (
        "part de ce qu’une réponse doit dire qu’elle dit ; 0 pour un refus",
        "share of what an answer must mention that it does; 0 for a refusal",
    ),
    "exact_match": (
        "la réponse est mot pour mot la réponse courte attendue (SQuAD) : rare, car on cite",
        "the answer is the expected short one to the letter (SQuAD): rare, as we quote",
    ),
    "token_f1": (
        "mots communs avec la réponse courte (SQuAD) : bas, car des phrases entières sont citées",
        "words shared with the short answer (SQuAD): low, as whole sentences are quoted",
    ),
    "date_accuracy": (
        "réponses justes quand une date est attendue",
        "right answers where a date is wanted",
    ),
    "number_accuracy": (
        "réponses justes quand un nombre est attendu",
        "right answers where a number is wanted",
    ),
    "citation_precision": (
        "part des citations qui recouvrent les mots attendus",
        "share of the quotes that overlap the words labelled as the answer",
    ),
    "citation_recall": (
        "part des mots attendus qui sont cités",
        "share of the labelled words that are quoted",
    ),
    "verbatim": (
        "part des citations qui sont, au caractère près, dans leur dépêche",
        "share of the quotes that stand, to the character, in their report",
    ),
    "unsupported": ("part des phrases sans preuve", "share of sentences without proof"),
    "statements": ("phrases par réponse", "sentences per answer"),
    "recall_1": (
        "part des passages attendus trouvés au premier rang",
        "share of the wanted passages found at rank 1",
    ),
    "recall_5": ("la même, parmi les 5 premiers", "the same, among the first 5"),
    "recall_20": ("la même, parmi les 20 premiers", "the same, among the first 20"),
    "mrr_10": (
        "inverse du rang du premier passage attendu, en moyenne (0 au-delà de 10)",
        "one over the rank of the first wanted passage, on average (0 beyond 10)",
    ),
    "ndcg_10": (
        "qualité de l’ordre des 10 premiers passages, 1 étant le meilleur possible",
        "how good the order of the first 10 passages is, 1 being the best possible",
    ),
    "refusal_precision": (
        "part des refus qui étaient fondés",
        "share of the refusals that were right",
    ),
    "refusal_recall": (
        "part des questions sans réponse qui ont été refusées",
        "share of the questions without an answer that were refused",
    ),
    "refusal_f1": (
        "moyenne harmonique des deux précédentes",
        "the harmonic mean of the two above",
    ),
    "wrongly_refused": (
        "part des questions avec réponse qui ont été refusées : le moins possible",
        "share of the questions with an answer that were refused: the fewer the better",
    ),
    "language": (
        "réponses dans la langue de la question",
        "answers in the language of the question",
    ),
    "ms_p50": (
        "millisecondes par question, médiane",
        "milliseconds a question, the median",
    ),
    "ms_p95": (
        "millisecondes que 95 % des questions ne dépassent pas",
        "milliseconds that 95 % of the questions stay within",
    ),
}
