"""How French, English and Vietnamese say when: their words, and the forms of their expressions.

Everything is written as `rag.dates` reads it: without capitals and without accents.

A list of words is one string. Its n-th entry means n; spellings are parted by commas, and « _ » is
a space: ``janvier,janv`` is 1, ``fevrier,fevr,fev`` is 2.

A form is a regular expression with a few short-hands::

    {d} {m} {y}     a day, a month, a year; {D} {M} {Y} are those that a period ends with
    {w} {u} {n}     a day of the week, a unit (week, year ...), a number; {o}: first, second ...
    {side} {part}   last, this, next; beginning, middle, end; {s}: spring, summer, autumn
    [ ... ]         may be missing
    -               a hyphen or a dash
    before > form < after    what must stand around it and is no part of it

The first form that fits counts, so the longer stand above the shorter.
"""

from typing import Literal

Meaning = Literal[
    "dates", "unit", "shift", "stretch", "day", "weekday", "slice", "season", "decade"
]
"""Which function of `rag.dates_days` says what days a form means."""

LANGUAGES = ("fr", "en", "vi")

WORDS: dict[str, dict[str, str]] = {
    "fr": {
        "m": "janvier,janv,janv. fevrier,fevr,fevr.,fev,fev. mars avril,avr,avr. mai juin"
        " juillet,juil,juil. aout septembre,sept,sept. octobre,oct,oct. novembre,nov,nov."
        " decembre,dec,dec.",
        "w": "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "n": "un,une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze"
        " quinze seize dix-sept dix-huit dix-neuf vingt",
        "o": "premier,1er,1ere,premiere,1 deuxieme,2,2e,2eme,second,seconde"
        " troisieme,3,3e,3eme"
        " quatrieme,4,4e,4eme",
        "u": "jour,jours semaine,semaines mois trimestre,trimestres semestre,semestres"
        " an,ans,annee,annees week-end,week-ends",
        "side": "dernier,derniere,passe,passee cette,cet,ce prochain,prochaine",
        "part": "debut,debut_de,debut_d',le_debut_de mi,milieu,milieu_de fin,fin_de,fin_d'",
        "s": "printemps ete automne",
        "day": "avant-hier hier aujourd'hui,ce_matin,ce_soir,cet_apres-midi demain apres-demain",
    },
    "en": {
        "m": "january,jan,jan. february,feb,feb. march,mar,mar. april,apr,apr. may june,jun,jun."
        " july,jul,jul. august,aug,aug. september,sept,sept.,sep,sep. october,oct,oct."
        " november,nov,nov."
        " december,dec,dec.",
        "w": "monday tuesday wednesday thursday friday saturday sunday",
        "n": "one,a two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen twenty",
        "o": "first,1st,1 second,2nd,2 third,3rd,3 fourth,4th,4",
        "u": "day,days week,weeks month,months quarter,quarters half,halves year,years"
        " weekend,weekends",
        "side": "last,past this next",
        "part": "early,beginning_of,start_of mid,middle_of late,end_of",
        "s": "spring summer autumn,fall",
        "day": "day_before_yesterday yesterday today,tonight,this_morning tomorrow"
        " day_after_tomorrow",
    },
    "vi": {
        "m": "1,01,mot,gieng 2,02,hai 3,03,ba 4,04,tu 5,05,nam 6,06,sau 7,07,bay 8,08,tam"
        " 9,09,chin 10,muoi 11,muoi_mot 12,muoi_hai,chap",
        "w": "thu_hai,thu_2 thu_ba,thu_3 thu_tu,thu_4 thu_nam,thu_5 thu_sau,thu_6 thu_bay,thu_7"
        " chu_nhat",
        "n": "mot hai ba bon nam sau bay tam chin muoi muoi_mot muoi_hai",
        "o": "i,1,mot,nhat ii,2,hai iii,3,ba iv,4,tu",
        "u": "ngay tuan thang quy nua_nam nam",
        "side": "truoc,qua,vua_qua,vua_roi,ngoai nay toi,sap_toi",
        "part": "dau,dau_nam,dau_thang giua,giua_nam,giua_thang cuoi,cuoi_nam,cuoi_thang",
        "s": "xuan he,ha thu",
        "day": "hom_kia hom_qua hom_nay,sang_nay,chieu_nay ngay_mai ngay_kia",
    },
}

SHORTHANDS: dict[str, str] = {
    **dict.fromkeys("yY", r"(?:1\d{3}|20\d\d|2100)"),
    **dict.fromkeys("dD", r"(?:0?[1-9]|[12]\d|3[01])(?:er|st|nd|rd|th)?"),
    "k": r"(?:0?[1-9]|1[0-2])",
    "t": r"(?:1\d|20)\d0|[2-9]0",
    "q": r"trimestre|semestre",
    "Q": r"quarter|half",
    "now": r"cette annee|this year|nay",
    "ahead": r"dans|in|nua|toi",
}
"""What the lists do not have: years, days, the number of a month, decades, parts of a year ..."""

COUNTS: dict[str, int] = {
    **dict.fromkeys(("trimestre", "quarter"), 3),
    **dict.fromkeys(("semestre", "half"), 6),
    **dict.fromkeys(("cette annee", "this year", "nay", "dans", "in", "nua", "toi"), 1),
}
"""What the words among the short-hands count: months, or that they are there."""

# « de 1200 à 1500 euros »: what is no period is no single year either.
_NO_RANGE = r"(?!\s(?:a|to|den)\s\d{4})"

GUARDS: dict[str, str] = {
    # Ordinary words that make a time of the month or the year that follows.
    "in_fr": r"(?:en|depuis|des|avant|apres|pour|courant|pendant|d'ici(?: a)?|jusqu'en"
    r"|jusqu'a|a partir de|mois de|mois d'|hiver)",
    "in_en": r"(?:in|since|until|till|by|before|after|during|around|through|for)",
    # « de 2021 » is a year where it counts nothing: « la crise de 2008, », not « de 2000 hommes ».
    "uncounted": rf"{_NO_RANGE}(?=\s*(?:[.,;:!?()»”\"]|$)|\s(?:l'|a|au|aux|avec|dans|de|du|elles?"
    r"|en|est|et|etait|ils?|la|les?|on|ont|ou|par|pour|qui|que|se|sont|sur|and|at|by|for|had|has"
    r"|in|is|it|of|on|or|that|the|they|to|was|were|cua|da|tai|va)\b)",
    "no_unit": rf"{_NO_RANGE}(?!\s?(?:%|€|\$|(?:euros?|dollars?|dongs?|personnes?|hommes?|femmes?"
    r"|habitants?|hectares?|tonnes?|km|kilometres?|metres?|m|kg|places?|villes?|villages?|pays"
    r"|exemplaires?|pages?|people|men|women|tons?|miles?|meters?|cities|countries|schools?|nguoi"
    r"|ty|trieu|ha)\b))",
    # « le 10 mai suivant » is told from another date than that of publication.
    "elsewhere": r"(?!\s(?:suivante?|precedente?|d'apres|d'avant|(?:de )?la meme annee"
    r"|de cette annee-la|(?:of )?(?:that|the same|the following) year|cung nam|nam do)\b|-la\b)",
    # « May 15, 2012.12:01 »: a year that is not understood is no reason to take another.
    "no_year": r"(?:(?<=\d{4})|(?<=\d-\d\d)|(?!,?\s(?:of\s|de\s)?(?:1\d{3}|20\d\d)(?!\d)))",
    "above_twelve": r"(?=1[3-9]|2\d|3[01])",
    "words": r"[^.;:!?\d]{1,60}",
}
"""What stands around an expression and is no part of it."""

# « de 1990 à 2015 » are years; a round number, as quantities are, is one where it counts nothing.
GUARDS["round"] = f"(?:(?<![05]0){GUARDS['no_unit']}|{GUARDS['uncounted']})"

FORMS: dict[str, tuple[tuple[Meaning, str], ...]] = {
    "any": (
        ("dates", r"{y}-{k}-{d}"),
        ("dates", r"{d}\.{k}\.{y}"),
        ("dates", r"{d}-{k}-{y}"),
        ("dates", r"{y}(?:-|–|/){Y} < {round}"),
        ("dates", r"\((?:\w+,)? > {y} < (?=\s?\))"),
    ),
    "fr": (
        ("dates", r"{d}/{k}/{y}"),
        ("dates", r"du [{w} ]{d}[ {m}][ {y}] au [{W} ]{D} {M}[ {Y}]"),
        ("dates", r"entre le [{w} ]{d}[ {m}][ {y}] et le [{W} ]{D} {M}[ {Y}]"),
        ("dates", r"[{w} ]{d}-{D} {m}[ {y}]"),
        ("dates", r"[{w} ]{d} (?:et|au|ou)[ le] [{W} ]{D} {m}[ {y}]"),
        ("dates", r"[{w} ]{d} {m} {side}"),
        ("dates", r"[{w} ]{d} {m}[ {y}]"),
        ("dates", r"le > {d}/{k}"),
        ("dates", r"(?:de|d'|entre) ?{m}[ {y}] (?:a|et) {M}[ {Y}]"),
        ("dates", r"{part}[ |-]{m}[ {y}]"),
        ("dates", r"{part} (?:l'annee |l'an )?{y}"),
        ("dates", r"{m} {y}"),
        ("dates", r"{m} {side}"),
        ("dates", r"{in_fr} > {m}(?: {side}| {y})?"),
        ("dates", r"entre {y} et {Y} < {round}"),
        ("dates", r"de {y} a {Y} < {round}"),
        ("dates", r"(?<=\d{4}\set\s) > {y} < {uncounted}"),
        ("dates", r"annee {y}"),
        ("dates", r"annee {words} > {y} < {uncounted}"),
        ("decade", r"annees {t}"),
        ("dates", r"{in_fr} > {y} < {no_unit}"),
        ("dates", r"vers > {y} < {no_unit}"),  # « vers Mars » goes to the planet
        ("dates", r"de > {y} < {uncounted}"),
        ("slice", r"{n} premiers mois(?: de l'annee)?(?: (?:de )?{y}| de {now})?"),
        ("slice", r"{o} {q}(?: de l'annee)?(?: (?:de )?{y}| de {now})?"),
        ("slice", r"t{o} {y}"),
        ("season", r"(?:l'|le|au|du|un|en|d'|cet|ce) > {s} (?:de )?{y} < {no_unit}"),
        ("stretch", r"{n} {side}s {u}"),
        ("stretch", r"{side}s {n} {u}"),
        ("shift", r"il y a {n} {u}"),
        ("shift", r"{ahead} {n} {u}"),
        ("unit", r"{u} (?!c){side}"),
        ("unit", r"(?=c){side} (?!jour){u}(?:-ci)?"),  # « le dernier jour » is not yesterday
        ("day", r"{day}"),
        ("weekday", r"{w}(?: matin| soir| apres-midi)? {side}"),
        ("weekday", r"{w}"),
    ),
    "en": (
        # « 3/5/2024 » is in May or in March: only a number above 12 says which it is.
        ("dates", r"{above_twelve}{d}/{k}/{y}"),
        ("dates", r"{k}/{above_twelve}{d}/{y}"),
        ("dates", r"(?:from|between) [{w},? ]{d}[ {m}][ {y}] (?:to|and) {D} {M}[,? {Y}]"),
        ("dates", r"(?:from|between) {m} {d} (?:to|and) [{M} ]{D}[,? {Y}]"),
        ("dates", r"[{w},? ]{m} {d}(?:-| (?:to|and) ){D}[,? {y}]"),
        ("dates", r"[{w},? ]{d}(?:-| (?:to|and) ){D} {m}[,? {y}]"),
        ("dates", r"[{w},? ]{m} {d}[,? {y}]"),
        ("dates", r"[{w},? ]{d}[ of] {m}[,? {y}]"),
        ("dates", r"(?:from|between) {m}[ {y}] (?:to|and) {M}[,? {Y}]"),
        ("dates", r"{part}[ |-]{m}[,? {y}]"),
        ("dates", r"{part}[ |-]{y}"),
        ("dates", r"{m},?[ of] {y}"),
        ("dates", r"{side} {m}"),
        ("dates", r"{in_en} > {m}(?:,?[ of] {y})? < (?! \d\d?(?!,?\d))"),
        ("dates", r"(?:from|between) {y} (?:to|and) {Y} < {round}"),
        ("dates", r"year {y}"),
        ("decade", r"{t}s"),
        ("dates", r"{in_en} > {y} < {no_unit}"),
        ("dates", r"of > {y} < {uncounted}"),
        ("slice", r"first {n} months(?: of (?:the year|{y}|{now}))?"),
        ("slice", r"q{o}(?: of)? {y}"),
        ("slice", r"{o} {Q} of (?:the year|{y}|{now})"),
        ("slice", r"{o} {Q} {y}"),
        ("season", r"{s}(?: of)? {y} < {no_unit}"),
        ("stretch", r"{side} {n} {u}"),
        ("shift", r"{n} {u} ago"),
        ("shift", r"{ahead} {n} {u}"),
        ("unit", r"{side} {u}"),
        ("day", r"{day}"),
        ("weekday", r"{side} {w}"),
        ("weekday", r"{w}"),
    ),
    "vi": (
        ("dates", r"{d}/{k}/{y}"),
        (
            "dates",
            r"tu (?:ngay )?{d}(?:(?:/| thang ){m})? den (?:ngay )?{D}(?:/| thang ){M}[{year}]",
        ),
        ("dates", r"(?:ngay )?{d}-{D}(?:/| thang ){m}[{year}]"),
        ("dates", r"ngay {d}(?:/| thang ){m}[{year}]"),
        ("dates", r"(?:hom|sang|chieu|toi|vao) > {d}/{m}[{year}]"),
        ("dates", r"{d} thang {m}[{year}]"),
        ("dates", r"{part}(?: nam)? {y}"),
        ("dates", r"{part}(?: thang)? {m}{year}"),
        ("dates", r"thang {m}{year}"),
        ("dates", r"thang {m} {side}"),
        ("dates", r"(?:trong|vao|tu|den|hoi) > thang {m}(?:{year}| {side})?"),
        ("dates", r"tu nam {y} den (?:nam )?{Y}"),
        ("dates", r"tu {y} den (?:nam )?{Y} < {round}"),
        ("slice", r"{n} thang dau(?: nam)?(?: {y}| {now})?"),
        ("slice", r"quy {o}{year}"),
        ("slice", r"quy {o}"),
        ("season", r"mua {s}(?: nam)? {y}"),
        ("dates", r"(?<!viet\s)nam {y}"),
        ("dates", r"(?:tu|den|vao|truoc|sau) > {y} < {round}"),
        ("shift", r"{n} {u} truoc"),
        ("stretch", r"{n} {u} {side}"),
        ("shift", r"{n} {u} {ahead}"),
        ("day", r"{day}"),
        ("unit", r"{u} {side}"),
        ("weekday", r"{w} {side}"),
        ("weekday", r"(?:hom|sang|chieu|toi|vao) > {w}"),
    ),
}

FUTURE: dict[str, str] = {
    # As futures end, and not « célébra », « diaspora », « choléra », « front ».
    "fr": r"\bprévue?s?\b|\bprévoi\w+|\bd['’]ici\b|\bdevrai(?:t|ent)\b|\bprochaine?s?\b"
    r"|\b(?:doi(?:t|vent) (?:être\b|se\b|s['’])|(?:est|sont) attendue?s?\b)[^,;:]{0,40}\Z"
    r"|(?<!\w)(?!(?:caldera|camera|camorra|cholera|effondra|hourra|opera|sierra|toundra)\b)"
    r"[a-zà-ÿ]*(?:[ei]|\bs?au|clu|[nru]d|[ao][iî]t|tt|[ei]v|r|omp|ainc)r(?:a|ont)\b",
    "en": r"\b(?:will|shall|scheduled|planned|(?<!than )(?<!\bas )expected|to be held|upcoming)\b"
    r"|\bdue(?: (?:on|in|by|for)\b|\s*\Z"
    r"| to (?:arrive|be|begin|end|leave|meet|open|start|visit)\b)",
    "vi": r"\bsẽ\b|\bdự kiến\b|\bsắp\b|\bdu kien\b",
}
"""Words before an expression without a year that say that it is still to come, as written."""
