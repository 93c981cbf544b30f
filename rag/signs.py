"""The signs by which the parts of a wire report are known: patterns, and nothing else.

A pattern that is matched against *folded* text (no case, no accents: `rag.words.fold`) says so.
"""

import re

_ZONE = r"(?:\s*(?:\(?(?:GMT|UTC)?\s?[+-]\d{1,2}(?::\d{2})?\)?|[A-Z]{2,4}\b))"
_CLOCK = r"\d{1,2}\s?[h:H]\s?(?:\d{2})?(?:\s*(?:[AaPp]\.?[Mm]\.?|GMT|UTC))?"
_TIME = rf"(?:\s*(?:[àa|,·•-]|at|lúc|à partir de)?\s*{_CLOCK}{_ZONE}?)"
_MONTH = r"[^\W\d_]{3,10}\.?"
_DAY_OF_YEAR = (
    rf"(?:le\s+)?\d{{1,2}}(?:er)?\s+{_MONTH}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?"
    r"|(?:ngày\s+)?\d{1,2}/\d{1,2}"
)
_ISO = r"\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}[\d:.]*(?:Z|[+-]\d{2}:?\d{2})?)?)?)?"
_DATE_OF_A_DAY = (
    rf"(?:le\s+)?\d{{1,2}}(?:er)?\s+{_MONTH}\s+\d{{4}}"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
    r"|(?:ngày\s+)?\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
    r"|(?:ngày\s+)?\d{1,2}\s+tháng\s+\d{1,2}(?:\s+năm|,)?\s+\d{4}"
)
_WHOLE_DATE = rf"{_DATE_OF_A_DAY}|{_ISO}"
_WEEKDAY = (
    r"(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|thứ\s+\w+|chủ nhật)"
)

# Its lines are fields, what is indented or listed below one, remarks; prose between rules is none.
FRONT_MATTER = re.compile(
    r"\s*---[ \t]*\r?\n(?P<fields>(?:(?:\w+(?:[ _-]\w+){0,2}[ \t]*:.*|[ \t#-].*|\r?)\n)*?)"
    r"---[ \t]*(?:\r?\n|\Z)"
)
FIELD = re.compile(r"^(?P<name>\w+)[ \t]*:[ \t]*(?P<value>.*?)[ \t\r]*$", re.MULTILINE)

HEADER = re.compile(
    rf"\s*date(?:\s{{0,9}}:)?\s{{1,9}}(?P<date>{_ISO})(?![\d-])[ \t]*(?:\r?\n)?", re.IGNORECASE
)
""" `` date 2024-01 ``, on a line of its own or before the first words."""

_CHANGED = r"(?:mise? à jour|modifiée?|(?:last )?updated?|cập nhật)"

HOUR = re.compile(_CLOCK, re.IGNORECASE)

DATE_LINE = re.compile(
    r"(?:(?:par|by)\s+[^,\n]{3,40},\s*|[^\W\d_][^,\d\n]{1,40},\s*|date\s*:\s*)?"
    r"(?P<says>publiée?|mise? en ligne|posted|published|đăng|cập nhật)?\s*(?:on|lúc)?\s*(?:le\s+)?"
    rf"{_TIME}?\s*[,-]?\s*(?:{_WEEKDAY})?[\s,]*(?P<date>{_WHOLE_DATE}){_TIME}?\s*\.?"
    rf"(?:\s*[,|–-]\s*{_CHANGED}\b.{{0,60}})?",
    re.IGNORECASE,
)
"""A line, its spaces single, that only says when the report was published, and perhaps by whom.

In the body only one with ``says`` or an `HOUR` does: « 27 janvier 1973 » may be an entry of a
chronology."""

# Not À-Ỹ, which is half small letters.
_UPPER = "A-Z" + "".join(letter for letter in map(chr, range(0xC0, 0x1EFA)) if letter.isupper())
_CAPITAL = rf"[{_UPPER}]"
# With the marks of decomposed letters: « Thái » may be written with seven signs.
_LETTERS = r"[\w\u0300-\u036f'’.-]*"
_SMALL = r"(?:de|du|des|la|le|les|lès|sur|et|en|sous|of|the|and|upon)"
_BRACKETED = r"\s?\([^\W\d_][^\n()]{1,30}\)"
_PLACE = (
    rf"{_CAPITAL}{_LETTERS}(?:[ ](?:{_SMALL}|{_CAPITAL}{_LETTERS})){{0,6}}"
    rf"(?:{_BRACKETED}(?=,|\s?\())?"
)
_CAPITALS = rf"{_CAPITAL}[{_UPPER}' -]{{2,40}}(?:{_BRACKETED})?"
_DATED = rf",\s*(?:(?:le )?(?i:{_WEEKDAY}) )?(?P<date>{_WHOLE_DATE}|{_DAY_OF_YEAR})"
_AGENCY = r"[^\W\d_][^\n()]{1,30}"
_DASH = r"\s*[-‐‑–—]{1,2}\s*"
DATELINE = re.compile(
    rf"(?:(?P<place>{_PLACE})(?:{_DATED})?\s*)?\((?P<agency>{_AGENCY})\){_DASH}"
    rf"|(?P<place2>{_CAPITALS}){_DATED.replace('date>', 'date2>')}{_DASH}"
    rf"|(?P<place3>{_PLACE})/(?P<agency3>[A-ZĐ][A-Za-zĐ]{{1,11}}){_DASH}"
    rf"|(?P<place4>{_PLACE})(?:{_DATED.replace('date>', 'date4>')})?"
    rf"\s*\((?P<agency4>[A-ZĐ]{{2,8}})\)\s+(?=[{_UPPER}])"
    rf"|(?P<place5>{_PLACE})(?:/{_PLACE})?(?:,\s*{_PLACE})?,\s*(?:le )?(?:(?i:{_WEEKDAY}),? )?"
    rf"(?P<date5>{_DATE_OF_A_DAY})(?:\s*\((?P<agency5>{_AGENCY})\))?{_DASH}"
    rf"|(?P<place6>{_PLACE})\s*\((?P<agency6>{_AGENCY})\)\s*(?P<date6>{_DATE_OF_A_DAY}){_DASH}"
)
"""Luang Prabang (VNA) - · PARIS, 5 août 2024 (AFP) — · (AFP) - · Bangkok/AFP - · Genève (ATS)
Dili, mardi 3 août 2021 – · Dili (AFP) 3 août 2021 –

Of its groups, those of one form alone are set: ``place``, ``place2`` ..."""

_NAMED = r"[^\n]{1,60}"
CREDIT = re.compile(
    # Not \b: a caption numbered « ảnh 1 » is found glued to its credit, « ảnh 1Photo : ... ».
    r"(?<![^\W\d_])(?:crédits?\s+)?(?:photos?|ảnh|images?)(?:\s*/\s*[^\W\d_]+)?\s*:\s*"
    + _NAMED
    + r"|\([^\n()]{0,40}\b(?:photos?|ảnh|images?|illustration)\b[^\n()]{0,60}\)\.?"
    + r"|(?<![^\W\d_])(?:photo|picture|image)s?\s+by\s+"
    + _NAMED
    + rf"|(?<=\S)\s*(?:©|\(c\))\s*{_NAMED}",
    re.IGNORECASE,
)
"""Who took the picture: what a caption ends with."""

CREDIT_BEGINS = re.compile(r"(?<![^\W\d_])(?:photos?|ảnh)\s*:\s*\S+|©\s*\S+", re.IGNORECASE)
"""A credit in the middle of a line, where a caption and the report share it."""

RELATED = re.compile(
    r"(?:>>+|»|→|➜|▶)?\s*(?:(?P<aside>voir aussi|a voir(?: aussi| egalement)?"
    r"|lire (?:aussi|egalement)|a lire(?: aussi| egalement)?|also read|(?:read|see) also"
    r"|xem them|doc them)"
    r"|voir plus|sur le meme (?:sujet|theme)|dans la meme rubrique"
    r"|(?:articles|actualites|sujets|dossiers) (?:lies|liees|similaires|connexes|associes)"
    r"|(?:plus|autres) (?:d')?(?:articles|actualites|nouvelles)"
    r"|related (?:news|stories|articles|posts)"
    r"|(?:read|see) (?:more|next)|more (?:stories|news)|you (?:may|might) also like"
    r"|tin (?:lien quan|khac|cung chuyen muc|moi nhat)|bai lien quan|ban co the quan tam)"
    r"\s*(?:(?P<colon>:|>+)\s*(?P<title>\S.*)?)?"
)
"""Folded: the line that opens a block of other stories, or announces one of them (``title``).

An ``aside`` may stand in the middle of a report."""

ARROW = re.compile(r"\s*(?:>>+|➜|→|▶)\s*(?P<title>\S.*)")
BULLET = re.compile(r"\s*(?:>>+|[•*·▪◦–—»→➜▶-]|\d{1,2}[.)])\s+(?=\S)")

_REPORTING = (
    r"\((?:Reporting|Editing|Writing|Reportage|Édité|Edité|Rédigé|Traduit)\b[^()\n]{3,200}\)"
)
_INITIALS = r"[a-zà-ÿ]{2,6}(?:[/-][a-zà-ÿ]{2,5}){1,3}"
SIGN_OFF = re.compile(
    r"(?<=[.!?…»”\"\s])[-‐‑–—]\s?(?P<agency>[^\W\d_][\w/ ]{1,24})\Z"
    r"|(?<=[.!?…»”\"])\s*\((?P<bracketed>[^\W\d_][\w/ ]{1,24})\)\Z"
    r"|(?<=[.!?…»”\"])\s+(?:[A-ZĐ]{3,8}(?:/[A-ZĐ]{2,8})*|[Ss]ource\s?:\s[^\n.]{2,40})\Z"
    rf"|(?<=[.!?…»”\"])\s+{_INITIALS}\Z"
    r"|\s*\./\.(?:\s*[-–—]\s?[A-ZĐ]{2,8})?\Z"
    rf"|\s+(?:Enditem|{_REPORTING})\Z"
)
"""What closes the last line of a body. Of an agency after a dash, see `rag.clean`."""

AGENCY = re.compile(r"(?<![^\W_])(?!(?:END|FIN)\b)[A-ZĐ]{2,8}(?![^\W_])")

BYLINE = re.compile(
    rf"(?:[Pp]ar|PAR|[Bb]y|BY|Theo|THEO)\s+{_CAPITAL}{_LETTERS}\s+{_CAPITAL}[^.!?:\n]{{0,60}}"
)
"""Who wrote the report, in a line between the headline and the text."""

SIGN_OFF_LINE = re.compile(
    r"[-‐‑–—]?\s?\(?[A-ZĐ]{2,8}(?:/[A-ZĐ]{2,8})*\)?\s*"  # VNA/CVN · (AFP) · – AFP
    rf"|{_INITIALS}"  # abc/de
    r"|\./\.|Enditem|END|FIN|[Ss]ource\s?:\s[^\n.]{2,40}"
    r"|(?:By|Par|Propos recueillis par|Theo)\s+[^\n.]{3,50}"
    rf"|{_REPORTING}"
)
"""A line that closes a report."""

NAME_LINE = re.compile(
    rf"{_CAPITAL}[\w'’.-]+(?:\s+{_CAPITAL}[\w'’.-]+){{0,4}}(?:\s*[/,–-]\s*[A-ZĐ]{{2,8}})?(?<!\.)"
)
"""The author or the agency, on the last line of a report."""

SHARING = frozenset(
    """
    partager partagez partage share chia se imprimer print in envoyer send copier copy lien link
    enregistrer save luu ecouter listen nghe thich like commenter comment email e-mail mail
    facebook twitter tweeter x whatsapp telegram linkedin messenger instagram tiktok youtube zalo
    pinterest
    """.split()
)
"""Folded: what the buttons beside a report say."""

SHARED = frozenset(
    "sur par on via by to this cet cette l article page story le la les un ami bai viet qua".split()
)
"""Folded: what stands between those words."""

UPDATED = re.compile(
    rf"{_CHANGED}\s*:?(?:\s+(?:on|le|lúc))?{_TIME}?"
    rf"[\s,]*(?P<date>{_WHOLE_DATE}){_TIME}?\s*\.?",
    re.IGNORECASE,
)

_HOME = (
    r"(?:(?:accueil|home|trang chu|a la une|menu|rubriques)\s*(?:[|>»›/·•].*)?"
    r"|(?:vous etes ici|you are here|ban dang o day)\s*(?:[|>»›/:·•].*)?)"
)
# What a notice says of cookies, and a report on them does not.
_COOKIES = (
    r"nous utilisons|we use|chung toi su dung|(?:utilise|uses) des? ?cookies|uses cookies"
    r"|(?:ce|notre|this|our) (?:web)?site|trang (?:web )?nay|en poursuivant|by continuing"
    r"|accepter\b|accept (?:all )?(?:cookies)?\Z|accept all|tout (?:accepter|refuser)"
    r"|(?:politique|gestion|parametres|preferences|chinh sach)\b.{0,30}\bcookies?"
    r"|cookies? (?:policy|settings|preferences)|\Acookies?\Z"
)
_DAY_OR_HOUR = (
    r"(?:le |on |at |a |luc |ngay |il y a )?"
    r"(?:(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|(?!des |les |ces |aux )[a-z]{3,9})"
    r",?\.? )?"
    r"\d.{0,40}"
)
BOILERPLATE = re.compile(
    rf"{_HOME}"
    r"|(?:suivez|rejoignez|retrouvez)[- ]nous\b.{0,120}|follow (?:us|me)\b.{0,120}"
    r"|theo doi (?:chung toi|kenh)\b.{0,120}"
    rf"|(?=.*(?:{_COOKIES})).{{0,200}}\bcookies?\b.{{0,250}}"
    r"|(?:abonnez-vous|inscrivez-vous|s'abonner|s'inscrire|recevez (?:nos|notre|chaque)|subscribe"
    r"|sign up|get our|dang ky (?:nhan|theo doi|ngay|tai day|ban tin|kenh))\b.{0,200}|dang ky"
    r"|(?:soutenez (?:notre|nous|le journal)|faites un don|support (?:us|our)|donate)\b.{0,150}"
    r"|(?:toute reproduction|tous droits (?:reserves|de reproduction)|all rights reserved"
    r"|copyright\W{0,3}(?:\d{4}|by\b|all\b|tous\b|\Z)|copyright ?(?:©|\(c\))"
    r"|ban quyen (?:thuoc|noi dung|©|\d)|©|\(c\)).{0,200}"
    r"|(?:la suite apres (?:la|cette) )?"
    r"(?:publicite|annonce|advertisement|sponsored|quang cao|contenu sponsorise)\W*"
    r"|(?:temps de )?lecture ?:? ?\d+ ?min.{0,20}|\d+ ?min(?:ute)?s? (?:de lecture|read)"
    r"|\d+ phut doc"
    r"|(?:derniere )?(?:mise? a jour|modifiee?|(?:last )?updated?|cap nhat)\s*:?\s*"
    rf"(?:{_DAY_OR_HOUR})?"
    r"|(?:mots[- ]cles?|tags?|keywords|tu khoa|etiquettes|themes?) ?:.{1,200}"
    r"|(?:retour (?:en haut|a l'accueil)|back to top|skip to content|aller au contenu"
    r"|lire la suite|se connecter|log ?in)"
    r"|(?:voir|lire|laisser|ajouter) (?:tous )?(?:les|un) commentaires?|leave a comment"
    r"|\d+ (?:commentaires?|comments?|binh luan)\b.{0,60}|binh luan(?: \(\d+\))?"
    r"|co chu\b.{0,30}"
    r"|(?:mentions legales|plan du site|conditions generales|politique de confidentialite"
    r"|privacy policy|terms of (?:use|service)|contactez-nous|contact us)\b.{0,150}"
    r"|our standards:.{0,120}"
)
"""Folded, the whole line: what the page around a report says."""

# Possessive, or a row of a table that is no menu would be tried in every way there is.
MENU = re.compile(r"[^|>»›\n]{2,32}+(?:[|>»›][^|>»›\n]{2,42}+){3,}")
"""Four items or more in a row: a menu, a path through a site, or a row of a table."""

SENTENCE_END = re.compile(r"[.!?…:;]['\"»”)]*\s*\Z")
FULL_STOP = re.compile(r"[.…:;]['\"»”)]*\s*\Z")
ISO_IN_NAME = re.compile(r"(?<!\d)(?:19|20)\d{2}-\d{2}(?:-\d{2})?(?!\d)")
