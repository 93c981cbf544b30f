"""The small words by which a claim is denied, planned, measured or given to somebody.

One table a language; French and English without accents, Vietnamese with its own.
"""

import re
from collections.abc import Mapping

from rag.words import FUNCTION_WORDS

Words = frozenset[str]


def _words(written: str) -> Words:
    return frozenset(written.split())


NEGATORS: Mapping[str, Words] = {
    "fr": _words("pas jamais ni sans aucun aucune non guere"),
    "en": _words("not never no without neither nor cannot non none t rather"),
    "vi": _words("không chưa chẳng chả"),
}
NEGATOR_OPENS = _words("ne n")
"""« ne … pas »: the verb stands between; « ne … que » denies nothing."""
ZERO = _words("về bằng số")
"""Behind these « không » is zero."""
CONTRAST: Mapping[str, Words] = {
    "fr": _words("mais"),
    "en": _words("but"),
    "vi": _words("mà nhưng"),
}
PENDING: Mapping[str, Words] = {
    "fr": _words("attend attendent reste restent"),
    "en": _words("await awaits remains remain"),
    "vi": _words("còn"),
}
WAITING = _words("attend attendent await awaits")
STILL = _words("a environ encore quelque to about some lại khoảng phải")

FINITE: Mapping[str, Words] = {
    "fr": _words("a ont est sont va vont avait avaient etait etaient"),
    "en": _words("has have is are was were will would"),
    "vi": _words("sẽ đã đang"),
}
"""Behind these a verb of its own begins, which a denial before them does not reach."""

UNREAL: Mapping[str, Words] = {
    "fr": _words(
        "doit doivent devra devront devrait devraient devait devaient devoir va vont allait prevu "
        "prevue prevus prevues prevoit prevoient prevoyait veut veulent voulait vouloir souhaite "
        "souhaitent souhaitait entend entendent envisage envisagent cherche cherchent propose "
        "proposent proposee demande demandent demandee demandes demandees reclame reclament "
        "appelle appellent promet promettent promis promise "
        "projette espere esperent invite invitee convie candidat candidats sera "
        "seront serait seraient aura auront aurait fera feront pourra pourront pourrait peut "
        "peuvent etudie etude decide decident decidee invitation invitations"
    ),
    "en": _words(
        "will would shall should must may might could plan plans planned expects expected expect "
        "want wants wanted wish wishes wished intend intends intended hope hopes hoped seek seeks "
        "sought ask asks asked request requests requested propose proposes proposed promise "
        "promises promised pledge pledges pledged undertook undertaken undertakes studied study "
        "decide decides decided invitation invitations considering considered invited "
        "invite candidate candidates can aims aim calls"
    ),
    "vi": _words("mời sẽ sắp phải muốn mong hứa xin cần nên"),
}
UNREAL_PHRASES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "fr": tuple(
        (being, done)
        for being in ("est", "sont", "etait", "etaient")
        for done in ("fixe fixee fixes fixees convoque convoquee inscrits inscrites".split())
    ),
    "en": (
        ("set", "for"),
        ("scheduled", "for"),
        ("is", "to"),
        ("are", "to"),
        ("was", "to"),
        ("were", "to"),
        ("going", "to"),
        ("provides", "for"),
        ("provide", "for"),
    ),
    "vi": tuple(
        tuple(phrase.split())
        for phrase in (
            "dự kiến,đề nghị,đề xuất,yêu cầu,kêu gọi,cam kết,tìm cách,có thể,kế hoạch,ứng cử,"
            "quyết định,nghiên cứu,mong muốn,vận động,quy định"
        ).split(",")
    ),
}
# The future and the conditional: an infinitive and its ending. « figurait » is neither.
FUTURE = re.compile(r"\w*(?:er|ir|dr|ttr|vr|rr|aîtr)(?:a|ont|ait|aient|ai|ons|ez)")
NO_FUTURE = re.compile(
    r"(?:opéra|caméra|(?:re|at)?tirai\w*|admirai\w*|\w*spirai\w*|virai\w*|\w*livrai\w*|ouvrai\w*"
    r"|\w*couvrai\w*|montrai\w*|environs?|front|affront|\w*entrai\w*|\w*ouvra|\w*livra)"
)

QUANTIFIERS: Mapping[str, Mapping[str, Words]] = {
    "fr": {
        "all": _words("tous toutes totalite unanimite chaque integralite"),
        "most": _words("plupart majoritairement quasi"),
        "some": _words("certains certaines quelques plusieurs"),
        "none": _words("aucun aucune"),
        "only": _words("seul seule seuls seules seulement uniquement"),
    },
    "en": {
        "all": _words("all every each entire whole unanimously unanimous"),
        "most": _words("most mostly almost"),
        "some": _words("several few"),
        "none": _words("none"),
        "only": _words("only sole solely"),
    },
    "vi": {"only": _words("chỉ duy"), "all": _words("mọi mỗi")},
}
QUANTIFIER_PHRASES: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "fr": {("tout", "le"): "all", ("toute", "la"): "all", ("toute", "l"): "all"},
    "en": {("some", "of"): "some"},
    "vi": {
        ("tất", "cả"): "all",
        ("toàn", "bộ"): "all",
        ("hầu", "hết"): "most",
        ("phần", "lớn"): "most",
        ("đa", "phần"): "most",
        ("một", "số"): "some",
    },
}
MORE: Mapping[str, tuple[str, ...]] = {
    "fr": ("plus de", "plus d", "au moins", "depasse", "depassent", "depassait", "depasser"),
    "en": ("more than", "at least", "exceeded", "exceeds", "exceed", "above", "topped"),
    "vi": ("hơn", "ít nhất", "vượt", "vượt quá"),
}
LESS: Mapping[str, tuple[str, ...]] = {
    "fr": ("moins de", "moins d", "au plus"),
    "en": ("fewer than", "less than", "under", "below", "at most"),
    "vi": ("dưới", "ít hơn", "chưa đến", "chưa tới"),
}
AGAINST: Mapping[str, Words] = {
    "fr": _words("contre"),
    "en": _words("against"),
    "vi": _words("chống"),
}
CAUSE: Mapping[str, tuple[str, ...]] = {
    "fr": ("a cause", "en raison", "parce que", "parce qu", "car", "grace a", "faute de",
           "puisque", "puisqu", "du fait", "invoquant"),
    "en": ("because", "due to", "thanks to", "owing to", "as a result", "for fear", "citing",
           "on account"),
    "vi": ("vì", "bởi vì", "nhờ", "viện dẫn", "viện lý do"),
}  # fmt: skip
REPORTED: Mapping[str, tuple[str, ...]] = {
    "fr": ("selon", "d apres", "declare", "declarent", "affirme", "dit avoir", "dit", "indique",
           "annonce", "annoncait", "estime", "assure"),
    "en": ("according to", "said", "says", "stated", "claims", "claimed", "told", "announced",
           "added"),
    "vi": ("theo", "cho biết", "tuyên bố", "nói", "cho hay", "công bố", "khẳng định", "chia sẻ"),
}  # fmt: skip
PASSIVE: Mapping[str, Words] = {"fr": _words("par"), "en": _words("by"), "vi": _words("bởi do")}
BEING: Mapping[str, Words] = {
    "fr": _words("ete etre est sont etait etaient fut furent soit"),
    "en": _words("be been being is are was were"),
    "vi": _words("được bị"),
}
AFTER: Mapping[str, Words] = {"fr": _words("apres"), "en": _words("after"), "vi": _words("sau")}
BEFORE: Mapping[str, Words] = {"fr": _words("avant"), "en": _words("before"), "vi": _words("trước")}
MORE_THAN: Mapping[str, Words] = {"fr": _words("plus"), "en": _words("more"), "vi": _words("hơn")}
LESS_THAN: Mapping[str, Words] = {
    "fr": _words("moins"),
    "en": _words("less fewer"),
    "vi": _words("kém"),
}

SMALL: Mapping[str, Words] = {
    "fr": FUNCTION_WORDS["fr"]
    | NEGATORS["fr"]
    | _words(
        "doit doivent devra devront devrait devraient devait devaient va vont peut "
        "peuvent situe situee "
        "situes situees montant m mm mme mlle ans environ quelque quelques presque pres "
        "dits respectivement tandis ete "
        "avoir etre aura soit dit encore deja puis lors aussi egalement alors desormais notamment "
        "titre elle-meme fois plus moins tous toutes celle seul seulement y jusqu raison cause "
        "ensuite outre comme certains toujours autour totalite selon contre vient venait venir "
        "mise environs apres avant vers fin deux-memes parce car faute puisque grace "
        "fait qu lesdits"
    ),
    "en": FUNCTION_WORDS["en"]
    | NEGATORS["en"]
    | _words(
        "mr mrs ms dr some about nearly almost around approximately respectively however then "
        "already still yet too also several another per made make makes way long old back same "
        "may might could would will shall should must can since mid fewer less dated "
        "aged age hold holds "
        "take takes taken took bring brings brought set sets draw drawn used people persons left "
        "than whether amount toward towards onto upto each located than rather "
        "within among against because due citing according along u s re ve ll d didn doesn isn "
        "wasn weren aren hasn haven until now not mainly one it its having upon whose near"
    ),
    "vi": _words(
        "và của là có được bị đã đang các những cho với tại ở trong ngoài trên từ đến vào ra này "
        "đó khi về để do bởi theo cũng như một việc cuộc sự chuyến ông bà ngài chiếc cái con vẫn "
        "rằng thì mà nhưng còn nơi đây ấy nào lại mới vừa rồi khoảng gần hơn nên vì nhờ tức bao "
        "tính hiện lên xuống qua sang cùng nhau thêm nữa rất nhất hay hoặc nếu đều cả người mình "
        "tuổi lúc chiếm thuộc lần làm bằng đối ngoài cử vụ khiến "
        "họ nó tôi chúng ta anh chị em năm ngày tháng hôm không chưa chẳng phải sẽ sắp muốn mỗi "
        "mọi tất toàn bộ số chỉ dưới so thuộc vậy kể suốt ban thế đã quá sau trước giữa điều"
    ),
}
